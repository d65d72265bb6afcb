//! What a check of many targets needs besides: how often, how fast, which share, and until when.

use crate::cli::args::Many;
use crate::cli::failure::Failure;
use crate::cli::interrupt;
use crate::cli::output;
use crate::cli::partition;
use crate::cli::partition::Partition;
use crate::cli::settings;
use crate::cli::targets::Selection;
use crate::io::IoSettings;
use crate::io::env::Env;
use crate::report::Run;
use crate::report::Share;
use crate::report::Verdict;
use std::time::Duration;
use std::time::Instant;

/// For how long a host is left alone after one connection after the other failed.
const REST: Duration = Duration::from_secs(10);

/// The flags as values.
#[derive(Debug, Clone)]
pub struct Manner {
    /// Which share of the targets is this one's.
    pub partition: Option<Partition>,
    /// How many jobs share a rate.
    pub sharing: u32,
    /// How long to wait until everything is healthy, and how long between two looks.
    pub wait: Option<(Duration, Duration)>,
}

impl Manner {
    /// Everything at once, and one look.
    pub fn alone() -> Self {
        Self {
            partition: None,
            sharing: 1,
            wait: None,
        }
    }
}

/// Reads the flags, and sets what they say of the network.
pub fn manner(arguments: &Many, env: &Env, settings: &mut IoSettings) -> Result<Manner, Failure> {
    let partition = arguments
        .partition
        .as_deref()
        .map(|spec| {
            Partition::parse(spec, |name| env.filled(name))
                .map_err(|problem| Failure::Usage(format!("--partition {spec}: {problem}")))
        })
        .transpose()?;
    settings.limits.retries = arguments.retries;
    settings.rest = Some(REST);
    let jobs = partition
        .filter(|_| arguments.host_rate_scope == "run")
        .map_or(1, |partition| partition.total);
    if let Some(text) = &arguments.host_rate {
        let interval = interval(text)?;
        settings.host_interval = Some(interval.mul_f64(f64::from(jobs)));
    }
    let wait = match &arguments.wait {
        None => None,
        Some(text) => Some((
            settings::duration(text, "--wait")?,
            settings::duration(&arguments.interval, "--interval")?,
        )),
    };
    Ok(Manner {
        partition,
        sharing: jobs,
        wait,
    })
}

/// The time between two requests at a rate such as `30/s` or `600/m`.
fn interval(text: &str) -> Result<Duration, Failure> {
    let wrong = || {
        Failure::Usage(format!(
            "--host-rate {text}: a rate is expected, such as 10/s or 600/m"
        ))
    };
    let (number, unit) = text.split_once('/').ok_or_else(wrong)?;
    let seconds = match unit {
        "s" => 1.0,
        "m" => 60.0,
        "h" => 3_600.0,
        _ => return Err(wrong()),
    };
    let number: f64 = number.parse().map_err(|_| wrong())?;
    if !(0.001..=1e6).contains(&number) {
        return Err(wrong());
    }
    Ok(Duration::from_secs_f64(seconds / number))
}

/// Takes this job's share of a list.
pub fn share(selection: &mut Selection, partition: Option<Partition>) -> Option<Share> {
    let partition = partition?;
    selection.sort();
    let addresses = selection
        .targets
        .iter()
        .map(|listed| listed.address.as_str());
    let list_digest = partition::list_digest(addresses);
    let list_size = selection.targets.len();
    let mut turn = 0;
    selection.targets.retain(|listed| {
        turn += 1;
        partition.takes(turn - 1, &listed.address)
    });
    selection.targets.sort_by_key(|listed| listed.place);
    let targets = selection.targets.iter();
    Some(Share {
        kind: partition.kind.word(),
        index: partition.index,
        total: partition.total,
        list_digest,
        list_size,
        places: targets.map(|listed| listed.place).collect(),
    })
}

/// Looks again and again until everything is healthy or the time is over; the last look counts.
pub async fn patiently(
    wait: Option<(Duration, Duration)>,
    mut look: impl AsyncFnMut() -> Run,
) -> Run {
    let began = Instant::now();
    loop {
        let run = look().await;
        let Some((limit, interval)) = wait else {
            return run;
        };
        let left = limit.saturating_sub(began.elapsed());
        let is_over = match run.verdict {
            Verdict::Clean | Verdict::Nothing | Verdict::Interrupted(_) => true,
            Verdict::Findings | Verdict::Unsure => left.is_zero(),
        };
        if is_over {
            return run;
        }
        let pause = interval.min(left);
        output::stderr(&format!(
            "tfreg-doctor: not healthy yet: {}; the next look is in {} s, the last one in {} s",
            run.verdict.reason(&run),
            pause.as_secs_f64().ceil(),
            left.as_secs_f64().ceil(),
        ));
        let slept = interrupt::interruptible(tokio::time::sleep(pause), None).await;
        if let Err(interrupt::Ended::Signal(signal)) = slept {
            return Run {
                verdict: Verdict::Interrupted(signal),
                ..run
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::interval;
    use std::time::Duration;

    #[test]
    fn a_rate_has_its_unit() {
        let read = |text| interval(text).ok();
        assert_eq!(read("10/s"), Some(Duration::from_millis(100)));
        assert_eq!(read("600/m"), Some(Duration::from_millis(100)));
        assert_eq!(read("0.5/s"), Some(Duration::from_secs(2)));
        for wrong in ["10", "0/s", "-1/s", "x/s", "10/d", "NaN/s", "inf/s", ""] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }
}
