//! `ochre user` and `ochre token` with `--url`: administration through a running server.

use std::process::Command;

use rustix::process::Signal;
use serde_json::{Value, json};

use crate::program::{Place, Ran, Server, ochre};

/// A server, and its owner's token.
struct Desk {
    place: Place,
    server: Server,
    token: String,
}

impl Desk {
    fn new() -> Self {
        let place = Place::new();
        let data = place.path("data");
        let init = "--workspace Support --owner maya@example.com --owner-name Maya --json";
        let made = Ran::new("init", &data, init.split(' ')).json();
        let server = Server::serve(&data);
        let token = made["token"].as_str().unwrap().to_owned();
        Self {
            place,
            server,
            token,
        }
    }

    /// A command of somebody with a token; the words are separated by spaces.
    fn command(&self, token: &str, words: &str) -> Command {
        let mut program = ochre();
        let url = format!("http://{}", self.server.address());
        program
            .args(words.split(' '))
            .args(["--url", &url, "--token", token]);
        program
    }

    fn run(&self, words: &str) -> Ran {
        Ran::run(&mut self.command(&self.token, words), "")
    }

    /// What is listed, each by the value of a key, in order.
    fn listed(&self, what: &str, key: &str) -> Vec<String> {
        let list = self.run(&format!("{what} list --json")).json();
        let items = list["items"].as_array().unwrap().iter();
        items
            .map(|item| item[key].as_str().unwrap().to_owned())
            .collect()
    }

    /// The server stops, and what it left holds.
    fn close(self) {
        assert_eq!(self.server.signal(Signal::TERM), Some(0));
        Ran::new("check", &self.place.path("data"), [""; 0]).ok();
    }
}

#[test]
fn people_are_added_changed_and_deactivated_through_a_server() {
    let desk = Desk::new();
    let add = "user add --name Sam --email sam@example.com --role agent --json";
    let sam = desk.run(add).json();
    assert!(sam["id"].as_str().unwrap().starts_with("usr_"));
    let is = |user: &Value, name: &str, role: &str, status: &str| {
        let found = [&user["name"], &user["role"], &user["status"]];
        assert_eq!(found, [name, role, status], "{user}");
    };
    is(&sam, "Sam", "agent", "active");
    desk.run(add)
        .fails("another user has this address (email_taken)");
    assert_eq!(
        desk.listed("user", "email"),
        ["maya@example.com", "sam@example.com"]
    );

    // By address, whatever its case, and by id.
    let set = desk.run("user set SAM@example.com --role admin --name Samuel --json");
    is(&set.json(), "Samuel", "admin", "active");
    let by_id = format!(
        "user set {} --status deactivated",
        sam["id"].as_str().unwrap()
    );
    let table = desk.run(&by_id).ok();
    let lines: Vec<&str> = table.lines().collect();
    assert_eq!(lines.len(), 2, "{table}");
    assert!(
        lines[0].starts_with("id ") && lines[0].ends_with("status"),
        "{table}"
    );
    assert!(lines[1].ends_with("admin  deactivated"), "{table}");

    desk.run("user set maya@example.com --role agent")
        .fails("(last_owner)");
    desk.run("user set nobody@example.com --role agent")
        .fails("there is no user \"nobody@example.com\"");
    desk.close();
}

#[test]
fn a_password_is_set_through_a_server_by_its_owner_alone() {
    let desk = Desk::new();
    let add = "user add --name Sam --email sam@example.com --role agent --password-stdin --json";
    let mut add = desk.command(&desk.token, add);
    Ran::run(&mut add, "short\n").fails("a password has from 8 to 1024 characters");
    Ran::run(&mut add, "long enough\n").json();
    let mut others = desk.command(&desk.token, "user set sam@example.com --password-stdin");
    Ran::run(&mut others, "not for me to set\n").fails("only one's own password");
    let mut own = desk.command(
        &desk.token,
        "user set maya@example.com --password-stdin --json",
    );
    let maya = Ran::run(&mut own, "another password\n").json();
    assert_eq!(maya["email"], "maya@example.com");
    assert!(maya.get("password_hash").is_none(), "{maya}");
    desk.close();
}

#[test]
fn tokens_are_made_listed_and_revoked_through_a_server() {
    let desk = Desk::new();
    let service = desk.run("token create --name widget --scope inbound,read --json");
    let service = service.json();
    let id = service["id"].as_str().unwrap();
    let secret = service["token"].as_str().unwrap();
    assert!(secret.starts_with("ochre_tok_"));
    let own = desk.run("token create --name laptop --user maya@example.com");
    let said = own.error.clone();
    let own = own.ok();
    assert!(own.contains("token  ochre_tok_"), "{own}");
    assert!(said.contains("shown only here"), "{said}");

    let listed = desk.run("token list --json").json();
    let items = listed["items"].as_array().unwrap();
    let widget = items.iter().find(|token| token["id"] == id).unwrap();
    assert_eq!(widget["kind"], "service");
    assert_eq!(widget["scopes"], json!(["inbound", "read"]));
    assert!(!listed.to_string().contains(secret), "{listed}");
    let mut names = desk.listed("token", "name");
    names.sort();
    assert_eq!(names.len(), 3, "{names:?}");
    assert!(names.contains(&"laptop".to_owned()), "{names:?}");

    let revoked = desk.run(&format!("token revoke {id} --json")).json();
    assert_eq!(revoked, json!({"id": id, "revoked": true}));
    desk.run(&format!("token revoke {id}")).fails("(not_found)");
    assert!(!desk.listed("token", "id").contains(&id.to_owned()));
    // What is revoked opens nothing.
    let mut gone = desk.command(secret, "user list");
    Ran::run(&mut gone, "").fails("(unauthenticated)");
    desk.close();
}

#[test]
fn who_may_not_administer_is_told_so_and_a_long_list_comes_whole() {
    let desk = Desk::new();
    let add = "user add --name Vera --email vera@example.com --role viewer --json";
    let vera = desk.run(add).json();
    let vera = vera["id"].as_str().unwrap();
    let create = format!("token create --name phone --user {vera} --json");
    let token = desk.run(&create).json();
    let token = token["token"].as_str().unwrap();
    let refused = |words: &str| {
        let ran = Ran::run(&mut desk.command(token, words), "");
        assert!(ran.out.is_empty(), "{ran:?}");
        ran.fails("(forbidden)");
    };
    refused("user add --name Zoe --email zoe@example.com --role owner");
    refused("user set maya@example.com --name M");
    refused("token create --name bot --scope read");
    let mut unknown = desk.command("ochre_tok_nobody", "token list");
    Ran::run(&mut unknown, "").fails("(unauthenticated)");
    // More than one page of the list.
    for number in 0..60 {
        let name = format!("token create --name extra-{number} --scope read --json");
        desk.run(&name).json();
    }
    assert_eq!(desk.listed("token", "id").len(), 62);
    desk.close();
}
