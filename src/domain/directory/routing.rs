//! Replacing rules, making and changing teams.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::DirectoryRejection;
use super::command::{CreateTeam, ExpectedRules, ReplaceRules, UpdateTeam};
use super::decide::Decision;
use super::event::DirectoryEvent;
use super::state::Directory;
use crate::domain::UserId;
use crate::domain::rotation::TeamRef;
use crate::domain::routing::validate;

/// The whole list at once, and only by somebody who saw the present one. A list like the present one
/// changes nothing.
pub(super) fn replace_rules(directory: &Directory, replace: &ReplaceRules) -> Decision {
    let present = directory.rules();
    match &replace.expected {
        ExpectedRules::Missing => return Err(DirectoryRejection::PreconditionRequired),
        ExpectedRules::Versions(seen) if !seen.contains(&present.version) => {
            return Err(DirectoryRejection::RulesChanged);
        }
        ExpectedRules::Versions(_) | ExpectedRules::Any => {}
    }
    if replace.drafts.len() > replace.rules_max {
        let (what, max) = ("rules of a workspace", replace.rules_max);
        return Err(DirectoryRejection::TooMany { what, max });
    }
    let rules = validate(
        &replace.drafts,
        &replace.fresh_ids,
        directory,
        &replace.limits,
    )
    .map_err(DirectoryRejection::RulesInvalid)?;
    if rules == present.items {
        return Ok(Vec::new());
    }
    Ok(vec![DirectoryEvent::RulesReplaced {
        version: present.version.saturating_add(1),
        rules: Arc::new(rules),
    }])
}

pub(super) fn create_team(directory: &Directory, create: &CreateTeam) -> Decision {
    if directory.teams().len() >= create.teams_max {
        let (what, max) = ("teams of a workspace", create.teams_max);
        return Err(DirectoryRejection::TooMany { what, max });
    }
    let members = known(directory, &create.members, create.members_max)?;
    Ok(vec![DirectoryEvent::TeamCreated {
        team: create.id,
        name: Arc::clone(&create.name),
        members: members.into_iter().collect(),
    }])
}

/// The team of everybody follows the people of the workspace: there is nothing to change about it.
pub(super) fn update_team(directory: &Directory, update: &UpdateTeam) -> Decision {
    let TeamRef::Team(id) = update.team else {
        return Err(DirectoryRejection::Forbidden(
            "the team `default` follows the people of the workspace and cannot be edited",
        ));
    };
    let team = directory.team(id).ok_or(DirectoryRejection::NotFound)?;
    let name = update.name.as_ref().filter(|name| **name != team.name);
    let renamed = name.map(|name| DirectoryEvent::TeamRenamed {
        team: id,
        name: Arc::clone(name),
    });
    let mut changed = None;
    if let Some(members) = &update.members {
        let wanted = known(directory, members, update.members_max)?;
        let present: BTreeSet<UserId> = team.members().map(|member| member.user).collect();
        let added: Vec<_> = wanted.difference(&present).copied().collect();
        let removed: Vec<_> = present.difference(&wanted).copied().collect();
        changed = (!added.is_empty() || !removed.is_empty()).then_some(
            DirectoryEvent::TeamMembersChanged {
                team: id,
                added,
                removed,
            },
        );
    }
    Ok(renamed.into_iter().chain(changed).collect())
}

/// The people named, once each. Those who cannot be assigned now may be members: they are passed over
/// until they can.
fn known(
    directory: &Directory,
    users: &[UserId],
    max: usize,
) -> Result<BTreeSet<UserId>, DirectoryRejection> {
    if users.iter().any(|user| directory.user(*user).is_none()) {
        return Err(DirectoryRejection::InvalidReference { field: "members" });
    }
    let users: BTreeSet<UserId> = users.iter().copied().collect();
    if users.len() > max {
        let what = "members of a team";
        return Err(DirectoryRejection::TooMany { what, max });
    }
    Ok(users)
}
