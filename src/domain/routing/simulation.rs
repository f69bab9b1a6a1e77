//! Routing without consequences (X04): conversations go by one after the other, turns are counted in
//! copies of the rotations, and nothing of it happens.

use std::collections::BTreeMap;

use super::conditions::Facts;
use super::route::{Effect, Intake, Route, Routed, route};
use super::rule::{Rule, RuleSet};
use crate::domain::directory::Directory;
use crate::domain::rotation::{Rotation, TeamRef};

/// Rules at work on copies.
#[derive(Debug, Clone)]
pub struct Simulation {
    directory: Directory,
    rotations: BTreeMap<TeamRef, Rotation>,
}

impl Simulation {
    /// The rules of a directory, or those given, with the rotations as they stand.
    #[must_use]
    pub fn new(
        directory: &Directory,
        rules: Option<Vec<Rule>>,
        rotations: BTreeMap<TeamRef, Rotation>,
    ) -> Self {
        let directory = match rules {
            None => directory.clone(),
            Some(items) => directory.with_rules(RuleSet {
                version: directory.rules().version,
                items,
            }),
        };
        Self {
            directory,
            rotations,
        }
    }

    /// What would become of the next conversation.
    pub fn next(&mut self, facts: &Facts<'_>) -> Route {
        let mut team = None;
        loop {
            let rotation = team.and_then(|team| Some((team, self.rotations.get(&team)?)));
            let intake = Intake {
                first_message: facts.first_message,
                rotation,
            };
            match route(facts, &self.directory, &intake) {
                Routed::Decided(route) => {
                    self.take(&route);
                    return *route;
                }
                Routed::NeedsTurnOf(needed) => {
                    let rotation = self.rotations.entry(needed).or_default();
                    let directory = &self.directory;
                    rotation.follow(directory.revision(), || directory.members(needed));
                    team = Some(needed);
                }
            }
        }
    }

    fn take(&mut self, route: &Route) {
        let Some(Effect::Assign { user, by }) = &route.effect else {
            return;
        };
        if let Some((team, _)) = by.turn()
            && let Some(rotation) = self.rotations.get_mut(&team)
        {
            rotation.take(*user);
        }
    }
}
