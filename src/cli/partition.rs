//! One share of a list of targets, and which of several jobs this is.
//!
//! Every job reads the whole list and takes its own part. A job that does not know its number, or how many there are, must
//! not check everything and be green: that is an error.

use sha2::Digest;
use sha2::Sha256;

/// One of several equal jobs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Partition {
    /// How the list is divided.
    pub kind: Kind,
    /// Which share this is, from 1.
    pub index: u32,
    /// How many there are.
    pub total: u32,
}

/// How a list is divided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// In turn: even shares.
    Slice,
    /// By the digest of the address: a target keeps its share when others come and go.
    Hash,
}

impl Kind {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Slice => "slice",
            Self::Hash => "hash",
        }
    }
}

/// How an engine that runs jobs in parallel tells each its number.
struct Engine {
    index: &'static str,
    first: u64,
    total: Option<&'static str>,
}

const OWN_INDEX: &str = "TFREG_DOCTOR_PARTITION_INDEX";
const OWN_TOTAL: &str = "TFREG_DOCTOR_PARTITION_TOTAL";
const SLURM_INDEX: &str = "SLURM_ARRAY_TASK_ID";

/// The engines in the order in which they are looked for; the number of a Slurm task begins where its user likes.
const ENGINES: [Engine; 10] = [
    engine("CI_NODE_INDEX", 1, "CI_NODE_TOTAL"),
    engine("CIRCLE_NODE_INDEX", 0, "CIRCLE_NODE_TOTAL"),
    engine("BUILDKITE_PARALLEL_JOB", 0, "BUILDKITE_PARALLEL_JOB_COUNT"),
    engine(
        "BITBUCKET_PARALLEL_STEP",
        0,
        "BITBUCKET_PARALLEL_STEP_COUNT",
    ),
    engine("SYSTEM_JOBPOSITIONINPHASE", 1, "SYSTEM_TOTALJOBSINPHASE"),
    engine("SEMAPHORE_JOB_INDEX", 1, "SEMAPHORE_JOB_COUNT"),
    Engine {
        index: "JOB_COMPLETION_INDEX",
        first: 0,
        total: None,
    },
    engine("AWS_BATCH_JOB_ARRAY_INDEX", 0, "AWS_BATCH_JOB_ARRAY_SIZE"),
    engine("CLOUD_RUN_TASK_INDEX", 0, "CLOUD_RUN_TASK_COUNT"),
    engine(SLURM_INDEX, 0, "SLURM_ARRAY_TASK_COUNT"),
];

const fn engine(index: &'static str, first: u64, total: &'static str) -> Engine {
    Engine {
        index,
        first,
        total: Some(total),
    }
}

impl Partition {
    /// Reads `slice:M/N`, `hash:M/N` or `auto`; the error is what a person has to know.
    pub fn parse<'a>(
        spec: &str,
        variable: impl Fn(&str) -> Option<&'a str>,
    ) -> Result<Self, String> {
        if spec == "auto" {
            return auto(&variable);
        }
        let wrong = || {
            "slice:M/N, hash:M/N or auto is expected, with 1 <= M <= N, such as slice:2/4"
                .to_owned()
        };
        let (kind, share) = spec.split_once(':').ok_or_else(wrong)?;
        let kind = match kind {
            "slice" => Kind::Slice,
            "hash" => Kind::Hash,
            _ => return Err(wrong()),
        };
        let (index, total) = share.split_once('/').ok_or_else(wrong)?;
        let number = |text: &str| {
            let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
            text.parse::<u32>().ok().filter(|_| digits)
        };
        let (Some(index), Some(total)) = (number(index), number(total)) else {
            return Err(wrong());
        };
        if index == 0 || index > total {
            return Err(wrong());
        }
        Ok(Self { kind, index, total })
    }

    /// Whether the target at a place of the sorted list, from 0, belongs to this share.
    pub fn takes(&self, place: usize, address: &str) -> bool {
        let number = match self.kind {
            Kind::Slice => place as u64,
            Kind::Hash => {
                let digest = Sha256::digest(address.as_bytes());
                digest
                    .iter()
                    .take(8)
                    .fold(0, |number, byte| (number << 8) | u64::from(*byte))
            }
        };
        number % u64::from(self.total) == u64::from(self.index - 1)
    }
}

/// The SHA-256 of a list of addresses, one a line.
pub fn list_digest<'a>(addresses: impl Iterator<Item = &'a str>) -> String {
    let mut digest = Sha256::new();
    for address in addresses {
        digest.update(address.as_bytes());
        digest.update(b"\n");
    }
    format!("sha256:{}", hex::encode(digest.finalize()))
}

fn auto<'a>(variable: &impl Fn(&str) -> Option<&'a str>) -> Result<Partition, String> {
    let whole = numbered(variable, OWN_TOTAL)?;
    if let Some(index) = numbered(variable, OWN_INDEX)? {
        let total = whole.ok_or_else(|| without_total(OWN_INDEX, OWN_TOTAL))?;
        return slice(index, total, OWN_INDEX, 1);
    }
    let mut alone = None;
    for engine in &ENGINES {
        let Some(index) = number_of(engine, variable)? else {
            continue;
        };
        let own = match engine.total {
            Some(name) => numbered(variable, name)?,
            None => None,
        };
        let total = match (whole, own) {
            (Some(whole), Some(own)) if whole != own => {
                return Err(format!(
                    "{OWN_TOTAL} is {whole} and {} is {own}: one of them is wrong",
                    engine.total.unwrap_or_default()
                ));
            }
            (Some(total), _) | (None, Some(total)) => total,
            (None, None) => {
                alone = alone.or(Some(engine));
                continue;
            }
        };
        return slice(index, total, engine.index, engine.first);
    }
    Err(match alone {
        Some(engine) => without_total(engine.index, engine.total.unwrap_or(OWN_TOTAL)),
        None => format!(
            "no engine that runs jobs in parallel was recognised; set {OWN_INDEX} (from 1) and {OWN_TOTAL}"
        ),
    })
}

fn without_total(index: &str, total: &str) -> String {
    format!(
        "{index} is set and {total} is not: without the number of jobs every one of them would check everything; set {OWN_TOTAL}"
    )
}

fn slice(index: u64, total: u64, name: &str, first: u64) -> Result<Partition, String> {
    let place = index.checked_sub(first).filter(|place| *place < total);
    let share = place.and_then(|place| u32::try_from(place + 1).ok());
    match (share, u32::try_from(total)) {
        (Some(index), Ok(total)) => Ok(Partition {
            kind: Kind::Slice,
            index,
            total,
        }),
        (None, _) | (_, Err(_)) => Err(format!(
            "{name} is {index}, which is none of {total} jobs counted from {first}"
        )),
    }
}

/// The number of this job as an engine gives it; a Slurm task's is counted from its array's first one.
fn number_of<'a>(
    engine: &Engine,
    variable: &impl Fn(&str) -> Option<&'a str>,
) -> Result<Option<u64>, String> {
    let Some(number) = numbered(variable, engine.index)? else {
        return Ok(None);
    };
    if engine.index != SLURM_INDEX {
        return Ok(Some(number));
    }
    let first = numbered(variable, "SLURM_ARRAY_TASK_MIN")?.unwrap_or(0);
    let step = numbered(variable, "SLURM_ARRAY_TASK_STEP")?
        .unwrap_or(1)
        .max(1);
    let offset = number.checked_sub(first);
    match offset.filter(|offset| offset % step == 0) {
        Some(offset) => Ok(Some(offset / step)),
        None => Err(format!(
            "{SLURM_INDEX} is {number}, which is none of an array from {first} in steps of {step}"
        )),
    }
}

fn numbered<'a>(
    variable: &impl Fn(&str) -> Option<&'a str>,
    name: &str,
) -> Result<Option<u64>, String> {
    let Some(text) = variable(name)
        .map(str::trim)
        .filter(|text| !text.is_empty())
    else {
        return Ok(None);
    };
    text.parse()
        .map(Some)
        .map_err(|_| format!("{name} is \"{text}\", which is no number"))
}

#[cfg(test)]
mod tests {
    use super::Kind;
    use super::Partition;
    use super::list_digest;

    type Row = (&'static [(&'static str, &'static str)], (u32, u32));

    fn auto(pairs: &[(&'static str, &'static str)]) -> Result<(u32, u32), String> {
        let variable = |name: &str| {
            pairs
                .iter()
                .find(|(known, _)| *known == name)
                .map(|(_, value)| *value)
        };
        Partition::parse("auto", variable).map(|found| (found.index, found.total))
    }

    fn nothing(_: &str) -> Option<&'static str> {
        None
    }

    #[test]
    fn every_engine_hands_over_index_and_total() {
        let rows: [Row; 12] = [
            (
                &[
                    ("TFREG_DOCTOR_PARTITION_INDEX", "2"),
                    ("TFREG_DOCTOR_PARTITION_TOTAL", "4"),
                    ("CI_NODE_INDEX", "1"),
                    ("CI_NODE_TOTAL", "9"),
                ],
                (2, 4),
            ),
            (&[("CI_NODE_INDEX", "3"), ("CI_NODE_TOTAL", "3")], (3, 3)),
            (
                &[("CIRCLE_NODE_INDEX", "0"), ("CIRCLE_NODE_TOTAL", "4")],
                (1, 4),
            ),
            (
                &[
                    ("BUILDKITE_PARALLEL_JOB", "3"),
                    ("BUILDKITE_PARALLEL_JOB_COUNT", "4"),
                ],
                (4, 4),
            ),
            (
                &[
                    ("BITBUCKET_PARALLEL_STEP", "1"),
                    ("BITBUCKET_PARALLEL_STEP_COUNT", "2"),
                ],
                (2, 2),
            ),
            (
                &[
                    ("SYSTEM_JOBPOSITIONINPHASE", "1"),
                    ("SYSTEM_TOTALJOBSINPHASE", "2"),
                ],
                (1, 2),
            ),
            (
                &[("SEMAPHORE_JOB_INDEX", "5"), ("SEMAPHORE_JOB_COUNT", "8")],
                (5, 8),
            ),
            (
                &[
                    ("JOB_COMPLETION_INDEX", "0"),
                    ("TFREG_DOCTOR_PARTITION_TOTAL", "8"),
                ],
                (1, 8),
            ),
            (
                &[
                    ("AWS_BATCH_JOB_ARRAY_INDEX", "9999"),
                    ("AWS_BATCH_JOB_ARRAY_SIZE", "10000"),
                ],
                (10_000, 10_000),
            ),
            (
                &[("CLOUD_RUN_TASK_INDEX", "0"), ("CLOUD_RUN_TASK_COUNT", "1")],
                (1, 1),
            ),
            (
                &[
                    ("SLURM_ARRAY_TASK_ID", "14"),
                    ("SLURM_ARRAY_TASK_COUNT", "3"),
                    ("SLURM_ARRAY_TASK_MIN", "10"),
                    ("SLURM_ARRAY_TASK_STEP", "2"),
                ],
                (3, 3),
            ),
            // Without `parallel` there is a total of 1 and no index.
            (
                &[
                    ("CI_NODE_TOTAL", "1"),
                    ("CIRCLE_NODE_INDEX", "1"),
                    ("CIRCLE_NODE_TOTAL", "2"),
                ],
                (2, 2),
            ),
        ];
        for (pairs, wanted) in rows {
            assert_eq!(auto(pairs), Ok(wanted), "{pairs:?}");
        }
    }

    #[test]
    fn half_a_pair_and_no_pair_are_errors() {
        let rows: [&[(&str, &str)]; 12] = [
            &[],
            &[("CI_NODE_TOTAL", "1")],
            &[("CI_NODE_INDEX", "1")],
            &[("JOB_COMPLETION_INDEX", "0")],
            &[
                ("TFREG_DOCTOR_PARTITION_INDEX", "1"),
                ("CI_NODE_INDEX", "1"),
                ("CI_NODE_TOTAL", "2"),
            ],
            &[("TFREG_DOCTOR_PARTITION_TOTAL", "2")],
            &[
                ("TFREG_DOCTOR_PARTITION_INDEX", "0"),
                ("TFREG_DOCTOR_PARTITION_TOTAL", "2"),
            ],
            &[("CIRCLE_NODE_INDEX", "2"), ("CIRCLE_NODE_TOTAL", "2")],
            &[("CIRCLE_NODE_INDEX", "x"), ("CIRCLE_NODE_TOTAL", "2")],
            &[("CI_NODE_INDEX", ""), ("CI_NODE_TOTAL", "2")],
            &[
                ("SLURM_ARRAY_TASK_ID", "3"),
                ("SLURM_ARRAY_TASK_COUNT", "2"),
                ("SLURM_ARRAY_TASK_MIN", "4"),
            ],
            &[
                ("CI_NODE_INDEX", "1"),
                ("CI_NODE_TOTAL", "3"),
                ("TFREG_DOCTOR_PARTITION_TOTAL", "4"),
            ],
        ];
        for pairs in rows {
            assert!(auto(pairs).is_err(), "{pairs:?}");
        }
    }

    #[test]
    fn shares_are_written_with_both_numbers() {
        let good = Partition {
            kind: Kind::Hash,
            index: 2,
            total: 4,
        };
        assert_eq!(Partition::parse("hash:2/4", nothing), Ok(good));
        for wrong in [
            "",
            "2/4",
            "slice",
            "slice:",
            "slice:2",
            "slice:0/4",
            "slice:5/4",
            "slice:+1/4",
            "slice:1/0",
            "count:1/2",
            "slice:1/2/3",
            "slice:a/b",
            "slice:1/99999999999999999999",
        ] {
            assert!(Partition::parse(wrong, nothing).is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_shares_are_the_list_each_target_once() {
        let list: Vec<String> = (0..101)
            .map(|number| format!("h.example/n/m{number}/s"))
            .collect();
        for kind in ["slice", "hash"] {
            let mut sizes = Vec::new();
            for index in 1..=4 {
                let share =
                    Partition::parse(&format!("{kind}:{index}/4"), nothing).expect("a share");
                sizes.push(
                    list.iter()
                        .enumerate()
                        .filter(|(place, address)| share.takes(*place, address))
                        .count(),
                );
            }
            assert_eq!(sizes.iter().sum::<usize>(), list.len(), "{kind}");
            assert!(sizes.iter().all(|size| *size > 10), "{kind}: {sizes:?}");
        }
    }

    #[test]
    fn a_hash_keeps_a_target_where_it_is() {
        let share = Partition::parse("hash:1/3", nothing).expect("a share");
        assert_eq!(share.takes(0, "a.example"), share.takes(17, "a.example"));
    }

    #[test]
    fn the_digest_is_that_of_the_lines() {
        // `printf 'a\nb\n' | sha256sum`
        let digest = "911169ddaaf146aff539f58c26c489af3b892dff0fe283c1c264c65ae5aa59a2";
        assert_eq!(
            list_digest(["a", "b"].into_iter()),
            format!("sha256:{digest}")
        );
    }
}
