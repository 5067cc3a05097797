//! What memory a process has (Linux).

/// What it has now.
pub const RESIDENT: &str = "VmRSS:";
/// The most it ever had.
pub const PEAK: &str = "VmHWM:";

/// A line of `/proc/PID/status`, in megabytes.
pub fn megabytes(pid: u32, line: &str) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find_map(|found| found.strip_prefix(line)).unwrap();
    line.trim().strip_suffix(" kB").unwrap().parse::<f64>().unwrap() * 1024.0 / 1e6
}
