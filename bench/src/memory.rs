//! How much memory a process holds.

/// Resident bytes of the process `id`, from Linux' `/proc`; 0 where that is not to be had. A page that is mapped more than once,
/// as those of a component's constants are in each of its instances, counts once.
#[must_use]
pub fn resident_bytes(id: u32) -> u64 {
    let rollup = std::fs::read_to_string(format!("/proc/{id}/smaps_rollup")).unwrap_or_default();
    let line = rollup
        .lines()
        .find_map(|line| line.strip_prefix("Pss:"))
        .unwrap_or_default();
    line.trim()
        .trim_end_matches(" kB")
        .trim()
        .parse::<u64>()
        .unwrap_or_default()
        * 1_024
}
