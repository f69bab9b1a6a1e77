//! `ochre init`, `user` and `token` on a data folder, and wrong usage.

use crate::program::{Place, Ran, ochre};

#[test]
fn init_prints_what_it_made() {
    let place = Place::new();
    let data = place.path("data/deeper");
    let args = "--workspace Support --owner maya@example.com --owner-name Maya --json";
    let made = Ran::new("init", &data, args.split(' ')).json();
    let text = |pointer: &str| made.pointer(pointer).unwrap().as_str().unwrap();
    assert!(text("/workspace/id").starts_with("ws_"));
    assert_eq!(text("/workspace/name"), "Support");
    assert!(text("/owner/id").starts_with("usr_"));
    assert_eq!(text("/owner/email"), "maya@example.com");
    assert!(text("/token").starts_with("ochre_tok_"));
    let users = Ran::new("user list", &data, ["--json"]).json();
    assert_eq!(users["items"][0]["name"], "Maya");
    assert_eq!(users["items"][0]["role"], "owner");
}

#[test]
fn another_name_adds_a_workspace_and_the_same_is_refused() {
    let place = Place::new();
    let data = place.store("data");
    let again = ["--workspace", "Support", "--owner", "sam@example.com"];
    Ran::new("init", &data, again).fails("has a workspace \"Support\" already");
    let other = ["--workspace", "Sales", "--owner", "sam@example.com"];
    Ran::new("init", &data, other).ok();

    let which = Ran::new("user list", &data, [""; 0]);
    assert_eq!(which.status, Some(2), "{which:?}");
    assert!(which.error.contains("\"Sales\""), "{which:?}");
    let sales = Ran::new("user list", &data, ["--workspace", "Sales"]).ok();
    assert!(sales.contains("sam@example.com"));
    assert!(!sales.contains("maya@example.com"));
}

#[test]
fn people_come_change_and_go() {
    let place = Place::new();
    let data = place.store("data");
    let mut add = ochre();
    add.args(["user", "add", "--name", "Sam", "--email", "sam@example.com"])
        .args(["--role", "agent", "--password-stdin", "--json", "--data"])
        .arg(&data);
    let short = Ran::run(&mut add, "short\n");
    short.fails("a password has from 8 to 1024 characters");
    let sam = Ran::run(&mut add, "long enough\n").json();
    assert_eq!(sam["role"], "agent");
    Ran::run(&mut add, "long enough\n").fails("another user has this address");

    let set = [
        "sam@example.com",
        "--role",
        "admin",
        "--name",
        "Samuel",
        "--json",
    ];
    let sam = Ran::new("user set", &data, set).json();
    assert_eq!(
        (&sam["role"], &sam["name"]),
        (&"admin".into(), &"Samuel".into())
    );
    let last = ["maya@example.com", "--role", "agent"];
    Ran::new("user set", &data, last).fails("the last active owner");
    let nobody = ["nobody@example.com", "--role", "agent"];
    Ran::new("user set", &data, nobody).fails("there is no user \"nobody@example.com\"");

    let mut password = ochre();
    password
        .args([
            "user",
            "set",
            "sam@example.com",
            "--password-stdin",
            "--data",
        ])
        .arg(&data);
    Ran::run(&mut password, "another password\n").ok();
    let gone = ["sam@example.com", "--status", "deactivated"];
    assert!(
        Ran::new("user set", &data, gone)
            .ok()
            .contains("deactivated")
    );
    Ran::new("check", &data, [""; 0]).ok();
}

#[test]
fn tokens_are_made_listed_and_revoked() {
    let place = Place::new();
    let data = place.store("data");
    let create = ["--name", "widget", "--scope", "inbound,read", "--json"];
    let made = Ran::new("token create", &data, create).json();
    let id = made["id"].as_str().unwrap();
    assert!(made["token"].as_str().unwrap().starts_with("ochre_tok_"));
    let own = ["--name", "laptop", "--user", "maya@example.com"];
    Ran::new("token create", &data, own).ok();

    let listed = Ran::new("token list", &data, ["--json"]).json();
    let items = listed["items"].as_array().unwrap();
    assert_eq!(items.len(), 3, "{listed}");
    let widget = items.iter().find(|token| token["id"] == id).unwrap();
    assert_eq!(widget["kind"], "service");
    assert_eq!(widget["scopes"], serde_json::json!(["inbound", "read"]));
    assert!(widget.get("token").is_none() && widget.get("hash").is_none());

    Ran::new("token revoke", &data, [id]).ok();
    let again = Ran::new("token revoke", &data, [id]);
    again.fails("there is no such thing in this workspace");
    let listed = Ran::new("token list", &data, ["--json"]).json();
    assert_eq!(listed["items"].as_array().unwrap().len(), 2);
}

#[test]
fn a_foreign_or_missing_folder_is_refused() {
    let place = Place::new();
    place.write("letter.txt", "not ours");
    let folder = place.path("");
    let init = ["--workspace", "W", "--owner", "a@b.example"];
    Ran::new("init", &folder, init).fails("is not a data folder of ochre");
    Ran::new("user list", &folder, [""; 0]).fails("is not a data folder of ochre");
    let missing = Ran::new("check", &place.path("nowhere"), [""; 0]);
    missing.fails("there is no such folder");
    assert!(!place.path("nowhere").exists());
}

#[test]
fn a_server_is_asked_over_plain_http_only() {
    let ask = |url: &str| {
        let mut program = ochre();
        Ran::run(
            program.args(["user", "list", "--token", "t", "--url", url]),
            "",
        )
    };
    let https = ask("https://desk.example.com");
    assert_eq!(https.status, Some(2), "{https:?}");
    assert!(
        https.error.contains("https is not spoken here"),
        "{https:?}"
    );
    // Port 9 of this machine: nobody listens there.
    ask("http://127.0.0.1:9").fails("cannot ask the server at 127.0.0.1:9");
}

#[test]
fn wrong_usage_ends_with_status_2() {
    for line in [
        "",
        "serv",
        "init",
        "export --data d",
        "user set a --data d",
        "init --data d --workspace W --owner nobody",
    ] {
        let ran = Ran::run(ochre().args(line.split_whitespace()), "");
        assert_eq!(ran.status, Some(2), "{line}: {ran:?}");
        assert!(!ran.error.is_empty(), "{line}");
    }
    let help = Ran::run(ochre().args(["export", "--help"]), "").ok();
    assert!(help.contains("Idempotency-Key"), "{help}");
}
