//! Autopilot: one switch for the AI of a workspace, and what it may do in each of its positions.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::command::SwitchAutopilot;
use super::event::DirectoryEvent;
use crate::domain::conversation::{AiMode, Channel};

/// The AI's switch for the workspace (S05).
///
/// Each position remembers its own settings, so that off restores what was before on, and on brings
/// back what was then. What is set while it is off holds for both: it is not undone by switching on.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Autopilot {
    /// Whether new conversations are handled by the AI, and whether it may send at all.
    pub enabled: bool,
    /// In force while it is on.
    #[serde(default)]
    pub while_on: AutopilotSettings,
    /// In force while it is off.
    #[serde(default)]
    pub while_off: AutopilotSettings,
}

impl Autopilot {
    /// Folds an event in, if it is about the switch or its settings.
    pub(super) fn apply(&mut self, event: &DirectoryEvent) {
        if let DirectoryEvent::AutopilotSwitched { enabled } = event {
            self.enabled = *enabled;
        }
        if let DirectoryEvent::AutopilotSet {
            while_on,
            while_off,
        } = event
        {
            self.while_on = while_on.clone();
            self.while_off = while_off.clone();
        }
    }

    /// The settings in force.
    #[must_use]
    pub const fn settings(&self) -> &AutopilotSettings {
        if self.enabled {
            &self.while_on
        } else {
            &self.while_off
        }
    }

    /// How it stands after this command.
    #[must_use]
    pub fn after(&self, command: &SwitchAutopilot) -> Self {
        let while_off = if command.enabled {
            self.while_off.clone()
        } else {
            self.while_off.with(command)
        };
        Self {
            enabled: command.enabled,
            while_on: self.while_on.with(command),
            while_off,
        }
    }
}

/// What the AI may do.
///
/// The defaults are part of the log's format: a log that never set anything was judged by them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AutopilotSettings {
    /// The mode that new conversations of a channel are stamped with; `auto` where there is none.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub channels: BTreeMap<Channel, AiMode>,
    /// From this confidence on a reply is sent, in percent.
    pub auto_send_floor: u8,
    /// Below this confidence nothing comes of a reply, in percent.
    pub silence_floor: u8,
    /// Labels and tags of which a reply is never sent.
    pub bypass: Vec<String>,
}

impl Default for AutopilotSettings {
    fn default() -> Self {
        Self {
            channels: BTreeMap::new(),
            auto_send_floor: 85,
            silence_floor: 50,
            bypass: ["bug", "abuse", "spam"].map(str::to_owned).to_vec(),
        }
    }
}

impl AutopilotSettings {
    /// The mode for new conversations of this channel.
    #[must_use]
    pub fn mode(&self, channel: Channel) -> AiMode {
        self.channels.get(&channel).copied().unwrap_or(AiMode::Auto)
    }

    /// Whether a label or tag is for people; `Bug` is `bug`, since the gate fails closed.
    #[must_use]
    pub fn bypasses(&self, word: &str) -> bool {
        let word = word.trim().to_lowercase();
        self.bypass
            .iter()
            .any(|bypass| bypass.trim().to_lowercase() == word)
    }

    /// With what the command names; the rest stays.
    fn with(&self, command: &SwitchAutopilot) -> Self {
        let mut channels = self.channels.clone();
        channels.extend(
            command
                .channels
                .iter()
                .map(|(channel, mode)| (*channel, *mode)),
        );
        Self {
            channels,
            auto_send_floor: command.auto_send_floor.unwrap_or(self.auto_send_floor),
            silence_floor: command.silence_floor.unwrap_or(self.silence_floor),
            bypass: command
                .bypass
                .clone()
                .unwrap_or_else(|| self.bypass.clone()),
        }
    }
}
