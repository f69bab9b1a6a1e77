//! How much processor time and memory a process uses, from `/proc`.

use std::{fs, time::Duration};

/// User and system time of a process, `None` where there is no `/proc`.
pub fn used(pid: &str) -> Option<Duration> {
    let ticks = ticks(&fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)?;
    let per_second = rustix::param::clock_ticks_per_second();
    let microseconds = ticks.checked_mul(1_000_000)?.checked_div(per_second)?;
    Some(Duration::from_micros(microseconds))
}

/// The memory that a process has in use, in bytes.
pub fn resident(pid: &str) -> Option<u64> {
    kibibytes(&fs::read_to_string(format!("/proc/{pid}/status")).ok()?)?.checked_mul(1_024)
}

fn kibibytes(status: &str) -> Option<u64> {
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.split_whitespace().next()?.parse().ok()
}

/// The fields `utime` and `stime`, counted after the name, which may have blanks in it.
fn ticks(stat: &str) -> Option<u64> {
    let (_, after_name) = stat.rsplit_once(')')?;
    let mut fields = after_name.split_whitespace().skip(11);
    let user: u64 = fields.next()?.parse().ok()?;
    let system: u64 = fields.next()?.parse().ok()?;
    user.checked_add(system)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fields_are_found_behind_a_name_with_blanks() {
        let stat = "12 (a b) c) S 1 12 12 0 -1 4194560 5 0 0 0 150 50 0 0 20 0 3 0 9 1 1";
        assert_eq!(ticks(stat), Some(200));
    }

    #[test]
    fn this_process_has_a_time_and_a_size() {
        assert!(used("self").is_some());
        assert!(resident("self").is_some_and(|bytes| bytes > 0));
        assert_eq!(kibibytes("Name:\tx\nVmRSS:\t  12345 kB\n"), Some(12_345));
    }
}
