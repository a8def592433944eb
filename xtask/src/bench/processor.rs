//! Processor time, steadier than the clock on the wall while neighbours come and go; and memory.

use std::fs::read_to_string;
use std::io;

use anyhow::{Context as _, Result};

/// The kernel counts a process's time in hundredths of a second on every usual machine.
const TICKS_PER_SECOND: f64 = 100.0;

/// The processor time this process has used so far, in seconds.
pub(super) fn own_seconds() -> Result<f64> {
    seconds(read_to_string("/proc/self/stat"))
}

/// The processor time another process has used so far, in seconds.
pub(super) fn seconds_of(process: u32) -> Result<f64> {
    seconds(read_to_string(format!("/proc/{process}/stat")))
}

fn seconds(stat: io::Result<String>) -> Result<f64> {
    let text = stat.context("the kernel does not tell a process's time")?;
    // The second field holds the program's name and may hold spaces; it ends with a bracket.
    let (_, fields) = text
        .rsplit_once(')')
        .context("the kernel's answer cannot be read")?;
    let fields: Vec<&str> = fields.split_whitespace().collect();
    let ticks = |place: usize| {
        fields
            .get(place)
            .and_then(|field| field.parse::<f64>().ok())
    };
    let (user, system) = ticks(11)
        .zip(ticks(12))
        .context("the kernel's answer is too short")?;
    Ok((user + system) / TICKS_PER_SECOND)
}

/// The memory another process holds, and the most it ever held, in megabytes (10^6 bytes).
pub(super) fn memory_mb_of(process: u32) -> Result<(f64, f64)> {
    let status = read_to_string(format!("/proc/{process}/status"));
    memory_mb(&status.context("the kernel does not tell a process's memory")?)
}

fn memory_mb(status: &str) -> Result<(f64, f64)> {
    let field = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name))?;
        let kibibytes: f64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
        Some(kibibytes * 1_024.0 / 1e6)
    };
    field("VmRSS:")
        .zip(field("VmHWM:"))
        .context("the kernel's answer holds no memory")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn user_and_system_time_are_added() {
        let stat = "7 (a) b (c)) S 1 7 7 0 -1 4194304 1 0 0 0 250 150 0 0 20 0 1 0 1 1 1";
        assert!((seconds(Ok(stat.to_owned())).unwrap() - 4.0).abs() < 1e-12);
        assert!(seconds(Ok("7 (a) S 1".to_owned())).is_err());
    }

    #[test]
    fn memory_is_read_in_megabytes() {
        let status = "Name:\ta\nVmHWM:\t  250000 kB\nVmRSS:\t  125000 kB\n";
        let (now, peak) = memory_mb(status).unwrap();
        assert!((now - 128.0).abs() < 1e-9 && (peak - 256.0).abs() < 1e-9);
        assert!(memory_mb("Name:\ta\n").is_err());
    }
}
