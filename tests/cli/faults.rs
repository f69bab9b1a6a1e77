//! `OCHRE_FAULTS`: refused by a build for use, obeyed by one for fault tests.

use crate::program::{Place, Ran, ochre};

fn serve(place: &Place, faults: &str) -> Ran {
    let mut program = ochre();
    program
        .env("OCHRE_FAULTS", faults)
        .args(["serve", "--listen", "127.0.0.1:0", "--data"])
        .arg(place.store("data"));
    Ran::run(&mut program, "")
}

#[cfg(not(feature = "faults"))]
#[test]
fn a_build_for_use_refuses_planned_faults() {
    serve(&Place::new(), "skip_fdatasync=1").fails("OCHRE_FAULTS is set");
}

#[cfg(feature = "faults")]
#[test]
fn a_crash_after_an_append_leaves_it_behind() {
    for (point, commits) in [("before_append", "2"), ("after_append", "3")] {
        let place = Place::new();
        let crashed = serve(&place, &format!("crash_at={point}"));
        assert_eq!(crashed.status, None, "{crashed:?}");
        let checked = Ran::new("check", &place.path("data"), [""; 0]).ok();
        let line = checked.lines().nth(1).unwrap();
        assert!(line.ends_with(&format!(" {commits}")), "{point}: {checked}");
    }
}

#[cfg(feature = "faults")]
#[test]
fn a_plan_that_is_not_understood_is_refused() {
    serve(&Place::new(), "panic_actor_every=5").fails("known are append_fails_every");
}
