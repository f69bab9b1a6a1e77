//! One switch, and what each of its positions remembers.

use crate::domain::conversation::{AiMode, Channel};
use crate::domain::directory::{
    Autopilot, AutopilotSettings, DirectoryCommand, DirectoryEvent, SwitchAutopilot,
};
use crate::domain::testing::{OWNER, Scenario};

fn switch(switch: SwitchAutopilot) -> DirectoryCommand {
    DirectoryCommand::SwitchAutopilot(switch)
}

fn drafting_chats(enabled: bool) -> SwitchAutopilot {
    SwitchAutopilot {
        enabled,
        channels: [(Channel::Chat, AiMode::Draft)].into(),
        auto_send_floor: Some(90),
        silence_floor: Some(40),
        bypass: Some(vec!["legal".to_owned()]),
    }
}

fn autopilot(scenario: &Scenario) -> &Autopilot {
    scenario.directory().directory.autopilot()
}

#[test]
fn s05_out_of_the_box_it_is_off_and_would_send_what_it_is_sure_of() {
    let scenario = Scenario::new();
    let autopilot = autopilot(&scenario);
    assert!(!autopilot.enabled);
    let settings = autopilot.settings();
    assert_eq!((settings.silence_floor, settings.auto_send_floor), (50, 85));
    assert_eq!(settings.bypass, ["bug", "abuse", "spam"]);
    for channel in Channel::ALL {
        assert_eq!(settings.mode(*channel), AiMode::Auto);
    }
}

#[test]
fn s05_off_restores_what_was_before_on_and_on_what_was_then() {
    let scenario = Scenario::new()
        .when(OWNER, switch(drafting_chats(true)))
        .then_something();
    let on = autopilot(&scenario).settings().clone();
    assert_eq!(on.mode(Channel::Chat), AiMode::Draft);
    assert_eq!(on.mode(Channel::Email), AiMode::Auto);
    assert_eq!((on.silence_floor, on.auto_send_floor), (40, 90));
    assert_eq!(on.bypass, ["legal"]);
    let scenario = scenario
        .when(OWNER, switch(SwitchAutopilot::to(false)))
        .then([DirectoryEvent::AutopilotSwitched { enabled: false }]);
    let off = autopilot(&scenario).settings();
    assert_eq!(off, &AutopilotSettings::default());
    let scenario = scenario
        .when(OWNER, switch(SwitchAutopilot::to(true)))
        .then([DirectoryEvent::AutopilotSwitched { enabled: true }]);
    assert_eq!(autopilot(&scenario).settings(), &on);
}

#[test]
fn what_is_set_while_it_is_off_is_not_undone_by_switching_on() {
    let scenario = Scenario::new()
        .when(OWNER, switch(SwitchAutopilot::to(true)))
        .then_something()
        .when(OWNER, switch(drafting_chats(false)))
        .then_something()
        .when(OWNER, switch(SwitchAutopilot::to(true)))
        .then_something();
    let settings = autopilot(&scenario).settings();
    assert_eq!(settings.mode(Channel::Chat), AiMode::Draft);
    assert_eq!(settings.auto_send_floor, 90);
}

#[test]
fn s05_the_switch_and_its_settings_are_one_commit() {
    let scenario = Scenario::new();
    let before = scenario.head();
    let scenario = scenario
        .when(OWNER, switch(drafting_chats(true)))
        .then_something();
    assert_eq!(scenario.head(), before + 1);
    scenario
        .when(OWNER, switch(drafting_chats(true)))
        .then_nothing_changed();
}
