//! Tars, as hostile as they come.

#![allow(clippy::unwrap_used, reason = "a test ends at the first surprise")]

use crate::stages::unpack_testing::{Memory, Outcome, Tar, bzip2, gzip, run, run_with, set, xz};
use crate::trace::archive::{Done, EntryKind, Kind, Layer, Modes, Remark, Trailer, UnpackLimits};
use crate::trace::archive_stop::{ArchiveStop, LimitName, StreamFault, TarFault};

fn plain(tar: Tar) -> Outcome {
    run(Kind::Tar, &tar.end())
}

fn limited(tar: &[u8], limits: &UnpackLimits) -> Option<ArchiveStop> {
    run_with(Kind::Tar, tar, limits, Modes::Client).stop
}

fn flags(memory: &Memory) -> Vec<(&str, u32)> {
    memory
        .files
        .iter()
        .map(|(name, (mode, _))| (name.as_str(), *mode))
        .collect()
}

#[test]
fn a_parent_in_a_name_ends_the_unpacking_in_every_compression() {
    for name in [
        "../evil.tf",
        "a/../../evil.tf",
        "./a/b/../../../evil.tf",
        "..",
        "a/..",
        "..\\evil.tf",
    ] {
        let tar = Tar::default()
            .file("main.tf", b"# m\n")
            .file(name, b"x")
            .end();
        for (kind, bytes) in [
            (Kind::TarGz, gzip(&tar)),
            (Kind::TarBz2, bzip2(&tar)),
            (Kind::TarXz, xz(&tar)),
            (Kind::Tar, tar),
        ] {
            let outcome = run(kind, &bytes);
            assert_eq!(outcome.message(), format!("entry contains '..': {name}"));
            assert_eq!(outcome.memory.names(), ["main.tf"]);
            assert_eq!(
                outcome.unpacked.entries.last().map(|entry| entry.done),
                Some(Done::Refused)
            );
        }
    }
}

#[test]
fn absolute_names_land_below_and_dotted_ones_are_names() {
    let outcome = plain(
        Tar::default()
            .file("//abs/evil.tf", b"x")
            .file("a..b/x..tf", b"y")
            .file("...", b""),
    )
    .fine();
    assert_eq!(outcome.memory.names(), ["...", "a..b/x..tf", "abs/evil.tf"]);
    assert_eq!(
        outcome.unpacked.remarks[0],
        Remark::AbsoluteName {
            name: b"//abs/evil.tf".to_vec()
        }
    );
}

#[test]
fn a_name_ends_at_its_nul_and_a_pax_name_must_have_none() {
    assert_eq!(
        plain(Tar::default().file("main.tf\0../x", b""))
            .fine()
            .memory
            .names(),
        ["main.tf"]
    );
    let stop = plain(Tar::default().pax(b'x', &[("path", "a\0b")]).file("c", b"")).stopped();
    assert_eq!(stop, ArchiveStop::Tar(TarFault::PaxRecord));
}

#[test]
fn dots_for_directories_are_nothing_and_for_files_the_destination() {
    let tar = Tar::default()
        .entry(b'5', "./", 0o700, b"")
        .entry(b'5', "/", 0o755, b"")
        .file("./a", b"");
    let outcome = plain(tar).fine();
    assert_eq!(
        (outcome.memory.names(), outcome.unpacked.remarks.len()),
        (vec!["a"], 0)
    );
    assert_eq!(outcome.memory.directories.get(""), Some(&0o755));
    for name in ["", "."] {
        assert_eq!(
            plain(Tar::default().file(name, b"")).message(),
            "open D: is a directory"
        );
    }
}

#[test]
fn long_names_are_refused_before_anything_is_made() {
    let named = |name: &str| {
        let name = format!("{name}\0");
        plain(
            Tar::default()
                .entry(b'L', "L", 0o644, name.as_bytes())
                .file("short", b""),
        )
        .stop
    };
    assert_eq!(named(&"c".repeat(255)), None);
    assert!(matches!(
        named(&"c".repeat(256)),
        Some(ArchiveStop::NameTooLong { got: 256, .. })
    ));
    assert!(matches!(
        named(&"dd/".repeat(1700)),
        Some(ArchiveStop::NameTooLong { got: 5100, .. })
    ));
    assert_eq!(named(&["d"; 128].join("/")), None);
    assert!(matches!(
        named(&["d"; 129].join("/")),
        Some(ArchiveStop::TooDeep { got: 129, .. })
    ));
    let long = vec![b'a'; 2 << 20];
    let stop = plain(
        Tar::default()
            .entry(b'L', "L", 0o644, &long)
            .file("short", b""),
    )
    .stopped();
    assert_eq!(
        stop,
        ArchiveStop::Limit {
            name: LimitName::ExtendedHeader,
            number: 1 << 20
        }
    );
}

#[test]
fn of_one_name_twice_the_last_stays() {
    let outcome = plain(
        Tar::default()
            .file("main.tf", b"first, longer")
            .file("main.tf", b"second"),
    )
    .fine();
    assert_eq!(outcome.memory.text("main.tf"), b"second");
    assert!(outcome.remarked(|remark| matches!(remark, Remark::Duplicate { .. })));
    let same = plain(
        Tar::default()
            .file("a", b"x")
            .file("a", b"x")
            .file("a", b"x"),
    )
    .fine();
    assert_eq!(same.unpacked.remarks, []);
}

#[test]
fn a_name_that_is_file_and_directory_is_refused_in_the_words_of_the_client() {
    let below = plain(Tar::default().file("a", b"").file("a/b", b""));
    assert_eq!(below.message(), "open D/a/b: not a directory");
    let folder = plain(Tar::default().file("a", b"").entry(b'5', "a/", 0o755, b""));
    assert_eq!(folder.message(), "mkdir D/a: not a directory");
    let over = plain(Tar::default().entry(b'5', "a/", 0o755, b"").file("a", b""));
    assert_eq!(over.message(), "open D/a: is a directory");
}

#[test]
fn entries_that_look_like_state_are_plain_data() {
    let names = [
        ".git/config",
        ".gitmodules",
        ".terraform/modules/modules.json",
    ];
    let tar = names
        .iter()
        .fold(Tar::default(), |tar, name| tar.file(name, b"x"));
    assert_eq!(plain(tar).fine().memory.names(), names);
}

#[test]
fn links_become_empty_files_and_are_remarked() {
    let tar = Tar::default()
        .link(b'2', "l", "/etc/passwd")
        .link(b'2', "up", "../../x")
        .link(b'2', "self", "self")
        .link(b'1', "vars.tf", "real/vars.tf")
        .link(b'1', "hard", "../../x")
        .file("hard", b"own");
    let outcome = plain(tar).fine();
    assert_eq!(outcome.memory.files["l"], (0o777, vec![]));
    assert_eq!(outcome.memory.text("hard"), b"own");
    let lost = |name: &str| {
        let found = outcome
            .unpacked
            .remarks
            .iter()
            .find_map(|remark| match remark {
                Remark::LinkLost {
                    name: found,
                    outside,
                    config_file,
                    ..
                } if found == name.as_bytes() => Some((*outside, *config_file)),
                _ => None,
            });
        found.expect("the link is remarked")
    };
    assert_eq!(
        ["l", "up", "self", "vars.tf", "hard"].map(lost),
        [
            (true, false),
            (true, false),
            (false, false),
            (false, true),
            (true, false)
        ]
    );
    assert!(!outcome.remarked(|remark| matches!(remark, Remark::WorldWritable { .. })));
}

#[test]
fn nothing_is_written_through_a_link() {
    for target in ["../outside", "/abs", ".."] {
        let outcome = plain(
            Tar::default()
                .link(b'2', "d", target)
                .file("d/evil.tf", b"x"),
        );
        assert_eq!(outcome.message(), "open D/d/evil.tf: not a directory");
        let outcome = plain(
            Tar::default()
                .link(b'2', "d", target)
                .entry(b'5', "d/.", 0o777, b""),
        );
        assert_eq!(outcome.message(), "mkdir D/d: not a directory");
    }
}

#[test]
fn devices_and_unknown_kinds_become_plain_files() {
    for flag in *b"3467ZVMDNX" {
        let tar = Tar::default()
            .file("before", b"1")
            .entry(flag, "odd", 0o644, b"")
            .file("after", b"2");
        let outcome = plain(tar).fine();
        assert_eq!(
            outcome.memory.names(),
            ["after", "before", "odd"],
            "{}",
            char::from(flag)
        );
        let special = outcome.remarked(|remark| matches!(remark, Remark::Special { .. }));
        assert_eq!(special, b"3467Z".contains(&flag), "{}", char::from(flag));
    }
    let body = plain(Tar::default().entry(b'7', "contiguous", 0o644, b"text")).fine();
    assert_eq!(body.memory.text("contiguous"), b"text");
}

#[test]
fn modes_are_the_nine_bits_or_the_safe_ones() {
    let asked = [0o4755, 0o2755, 0o1777, 0o666, 0o7_777_777, 0o0];
    let tar = asked
        .iter()
        .enumerate()
        .fold(Tar::default(), |tar, (at, mode)| {
            tar.entry(b'0', &format!("f{at}"), *mode, b"")
        });
    let tar = tar.entry(b'5', "d", 0o0, b"").file("d/child", b"").end();
    let client = run(Kind::Tar, &tar).fine();
    let modes: Vec<u32> = flags(&client.memory)
        .into_iter()
        .skip(1)
        .map(|(_, mode)| mode)
        .collect();
    assert_eq!(modes, [0o755, 0o755, 0o777, 0o666, 0o777, 0o400]);
    assert_eq!(client.memory.directories["d"], 0o500);
    let count = |wanted: fn(&Remark) -> bool| {
        client
            .unpacked
            .remarks
            .iter()
            .filter(|remark| wanted(remark))
            .count()
    };
    assert_eq!(count(|remark| matches!(remark, Remark::SetId { .. })), 4);
    assert_eq!(
        count(|remark| matches!(remark, Remark::WorldWritable { .. })),
        3
    );
    assert_eq!(
        count(|remark| matches!(remark, Remark::Unreadable { .. })),
        2
    );
    let safe = run_with(Kind::Tar, &tar, &UnpackLimits::default(), Modes::Safe).fine();
    let modes: Vec<u32> = flags(&safe.memory)
        .into_iter()
        .skip(1)
        .map(|(_, mode)| mode)
        .collect();
    assert_eq!(modes, [0o755, 0o755, 0o755, 0o644, 0o755, 0o644]);
}

#[test]
fn a_mode_that_says_directory_makes_one_whatever_the_flag() {
    let outcome = plain(
        Tar::default()
            .entry(b'0', "d", 0o40755, b"skipped")
            .file("d/f", b"x"),
    )
    .fine();
    assert_eq!(
        (outcome.memory.names(), outcome.memory.directories["d"]),
        (vec!["d/f"], 0o755)
    );
}

fn old_sparse(size: u64, stored: &[u8], pieces: &[(u64, u64)]) -> Tar {
    Tar::default()
        .header(|block| {
            set(block, b'S', "sparse", 0o644, stored.len() as u64);
            block[257..265].copy_from_slice(b"ustar  \0");
            block[483..495].copy_from_slice(format!("{size:011o}\0").as_bytes());
            for (at, (offset, length)) in pieces.iter().enumerate() {
                let text = format!("{offset:011o}\0{length:011o}\0");
                block[386 + 24 * at..410 + 24 * at].copy_from_slice(text.as_bytes());
            }
        })
        .body(stored)
}

#[test]
fn holes_are_filled_in_every_format() {
    let filled = b"ab\0\0\0cd\0";
    let outcome = plain(old_sparse(8, b"abcd", &[(0, 2), (5, 2)])).fine();
    assert_eq!(outcome.memory.text("sparse"), filled);
    let first = [
        ("GNU.sparse.numblocks", "2"),
        ("GNU.sparse.size", "8"),
        ("GNU.sparse.offset", "0"),
        ("GNU.sparse.numbytes", "2"),
        ("GNU.sparse.offset", "5"),
        ("GNU.sparse.numbytes", "2"),
    ];
    let outcome = plain(Tar::default().pax(b'x', &first).file("a", b"abcd")).fine();
    assert_eq!(outcome.memory.text("a"), filled);
    assert_eq!(outcome.unpacked.entries[0].kind, EntryKind::Sparse);
    let second = [
        ("GNU.sparse.numblocks", "2"),
        ("GNU.sparse.size", "8"),
        ("GNU.sparse.map", "0,2,5,2"),
    ];
    assert_eq!(
        plain(Tar::default().pax(b'x', &second).file("a", b"abcd"))
            .fine()
            .memory
            .text("a"),
        filled
    );
    let third = [
        ("GNU.sparse.major", "1"),
        ("GNU.sparse.minor", "0"),
        ("GNU.sparse.name", "real"),
        ("GNU.sparse.realsize", "8"),
    ];
    let mut body = b"2\n0\n2\n5\n2\n".to_vec();
    body.resize(512, 0);
    body.extend(b"abcd");
    let outcome = plain(Tar::default().pax(b'x', &third).file("a", &body)).fine();
    assert_eq!(outcome.memory.text("real"), filled);
}

#[test]
fn sparse_files_are_counted_at_full_size_and_their_maps_must_hold() {
    let stop = plain(old_sparse(1 << 32, b"ab", &[(0, 2)])).stopped();
    assert!(matches!(stop, ArchiveStop::Limit { .. }));
    let huge = [
        ("GNU.sparse.map", "0,1"),
        ("GNU.sparse.numblocks", "1"),
        ("GNU.sparse.realsize", "9223372036854775807"),
    ];
    assert!(matches!(
        plain(Tar::default().pax(b'x', &huge).file("a", b"x")).stopped(),
        ArchiveStop::Limit { .. }
    ));
    let many = [("GNU.sparse.major", "1"), ("GNU.sparse.minor", "0")];
    let outcome = plain(Tar::default().pax(b'x', &many).file("a", &{
        let mut body = b"1000000000\n".to_vec();
        body.resize(512, 0);
        body
    }));
    assert_eq!(outcome.stopped(), ArchiveStop::Stream(StreamFault::Cut));
    let fault = |tar| plain(tar).stopped();
    assert_eq!(
        fault(old_sparse(8, b"a", &[(0, 2)])),
        ArchiveStop::Tar(TarFault::SparseMissing)
    );
    assert_eq!(
        fault(old_sparse(8, b"abc", &[(0, 2)])),
        ArchiveStop::Tar(TarFault::SparseUnreferenced)
    );
    assert_eq!(
        fault(old_sparse(8, b"abcd", &[(4, 2), (0, 2)])),
        ArchiveStop::Tar(TarFault::SparseMap)
    );
    let limits = UnpackLimits {
        file_bytes: 7,
        ..UnpackLimits::default()
    };
    let stop = limited(&old_sparse(8, b"ab", &[(0, 2)]).end(), &limits);
    assert_eq!(
        stop,
        Some(ArchiveStop::Limit {
            name: LimitName::SparseBytes,
            number: 7
        })
    );
}

#[test]
fn bytes_and_entries_are_limited_exactly() {
    let tar = Tar::default()
        .file("a", &[b'x'; 10])
        .file("b", &[b'x'; 10])
        .end();
    let bytes = |unpacked_bytes| {
        limited(
            &tar,
            &UnpackLimits {
                unpacked_bytes,
                ..UnpackLimits::default()
            },
        )
    };
    assert_eq!((bytes(21), bytes(20)), (None, None));
    assert_eq!(
        bytes(19),
        Some(ArchiveStop::Limit {
            name: LimitName::UnpackedBytes,
            number: 19
        })
    );
    let file = |file_bytes| {
        limited(
            &tar,
            &UnpackLimits {
                file_bytes,
                ..UnpackLimits::default()
            },
        )
    };
    assert_eq!((file(11), file(10)), (None, None));
    assert_eq!(
        file(9),
        Some(ArchiveStop::Limit {
            name: LimitName::FileBytes,
            number: 9
        })
    );
    let entries = |entries| {
        limited(
            &tar,
            &UnpackLimits {
                entries,
                ..UnpackLimits::default()
            },
        )
    };
    assert_eq!((entries(3), entries(2)), (None, None));
    assert_eq!(
        entries(1),
        Some(ArchiveStop::Limit {
            name: LimitName::Entries,
            number: 1
        })
    );
}

#[test]
fn a_bomb_of_zeros_is_refused_by_its_first_header() {
    let mut tar = Tar::default()
        .header(|block| set(block, b'0', "zeros", 0o644, (8 << 30) - 1))
        .0;
    tar.extend(vec![0; 1 << 20]);
    let outcome = run(Kind::TarGz, &gzip(&tar));
    assert_eq!(
        outcome.stopped(),
        ArchiveStop::Limit {
            name: LimitName::UnpackedBytes,
            number: 1 << 30
        }
    );
    assert!(outcome.memory.files.is_empty());
}

#[test]
fn extended_headers_are_limited_in_size_and_in_a_row() {
    let row = |count: u32, flag: u8| {
        let tar = (0..count).fold(Tar::default(), |tar, _| tar.pax(flag, &[("comment", "x")]));
        plain(tar.file("a", b"")).stop
    };
    let refused = Some(ArchiveStop::Limit {
        name: LimitName::ConsecutiveExtended,
        number: 16,
    });
    for flag in *b"xg" {
        assert_eq!(
            (row(15, flag), row(16, flag), row(17, flag)),
            (None, None, refused.clone())
        );
    }
    let tar = Tar::default().header(|block| set(block, b'x', "pax", 0o644, 1 << 30));
    let stop = plain(tar).stopped();
    assert_eq!(
        stop,
        ArchiveStop::Limit {
            name: LimitName::ExtendedHeader,
            number: 1 << 20
        }
    );
    let sized = |size: usize| {
        let limits = UnpackLimits {
            extended_header: 1000,
            ..UnpackLimits::default()
        };
        let mut name = vec![b'n'; 10];
        name.resize(size, 0);
        limited(
            &Tar::default()
                .entry(b'L', "L", 0o644, &name)
                .file("a", b"")
                .end(),
            &limits,
        )
        .is_some()
    };
    assert_eq!([999, 1000, 1001].map(sized), [false, false, true]);
    let many_zeros = [&b"n"[..], &[0; 599]].concat();
    let all = UnpackLimits {
        unpacked_bytes: 2000,
        ..UnpackLimits::default()
    };
    let tar = (0..4).fold(Tar::default(), |tar, _| {
        tar.entry(b'L', "L", 0o644, &many_zeros).file("a", b"")
    });
    assert!(matches!(
        limited(&tar.end(), &all),
        Some(ArchiveStop::Limit {
            name: LimitName::UnpackedBytes,
            ..
        })
    ));
}

#[test]
fn compressed_bombs_are_stopped_while_they_stream() {
    let limits = UnpackLimits {
        unpacked_bytes: 3 << 20,
        ..UnpackLimits::default()
    };
    let tar = (0..5)
        .fold(Tar::default(), |tar, at| {
            tar.file(&format!("f{at}"), &vec![0; 1 << 20])
        })
        .end();
    let halves: Vec<u8> = tar.chunks(1 << 20).flat_map(bzip2).collect();
    for (kind, bytes) in [
        (Kind::TarBz2, halves),
        (Kind::TarGz, gzip(&tar)),
        (Kind::TarXz, xz(&tar)),
    ] {
        let outcome = run_with(kind, &bytes, &limits, Modes::Client);
        assert_eq!(
            outcome.stopped(),
            ArchiveStop::Limit {
                name: LimitName::UnpackedBytes,
                number: 3 << 20
            }
        );
        assert_eq!(outcome.unpacked.bytes, 3 << 20);
    }
}

#[test]
fn an_xz_header_may_not_ask_for_a_large_dictionary_or_other_filters() {
    let header = |filter: u8, bits: u8| {
        let mut bytes = xz(&Tar::default().file("a", b"").end());
        (bytes[14], bytes[16]) = (filter, bits);
        let mut crc = flate2::Crc::new();
        crc.update(&bytes[12..20]);
        bytes[20..24].copy_from_slice(&crc.sum().to_le_bytes());
        run(Kind::TarXz, &bytes).stop
    };
    assert_eq!(header(0x21, 28), None);
    let refused = Some(ArchiveStop::Limit {
        name: LimitName::XzDictionary,
        number: 64 << 20,
    });
    assert_eq!(
        (header(0x21, 29), header(0x21, 40)),
        (refused.clone(), refused)
    );
    assert_eq!(
        header(4, 28),
        Some(ArchiveStop::Stream(StreamFault::XzFilter(4)))
    );
}

#[test]
fn growth_is_remarked_from_its_bounds_on() {
    let tar = gzip(&Tar::default().file("a", &vec![0; 1 << 20]).end());
    let grown = |growth, growth_from| {
        let limits = UnpackLimits {
            growth,
            growth_from,
            ..UnpackLimits::default()
        };
        run_with(Kind::TarGz, &tar, &limits, Modes::Client)
            .fine()
            .remarked(|remark| matches!(remark, Remark::Growth { .. }))
    };
    assert_eq!(
        [
            grown(100, 1 << 20),
            grown(100, (1 << 20) + 1),
            grown(1_000_000, 0)
        ],
        [true, false, false]
    );
}

#[test]
fn an_archive_in_an_archive_stays_packed() {
    let inner = gzip(&Tar::default().file("deep.tf", b"x").end());
    let outcome = plain(Tar::default().file("inner.tar.gz", &inner)).fine();
    assert_eq!(outcome.memory.names(), ["inner.tar.gz"]);
}

#[test]
fn sizes_that_lie_are_faults() {
    let sized = |field: &[u8; 12]| {
        plain(Tar::default().header(|block| {
            set(block, b'0', "a", 0o644, 0);
            block[124..136].copy_from_slice(field);
        }))
        .stopped()
    };
    assert!(matches!(sized(b"77777777777\0"), ArchiveStop::Limit { .. }));
    assert_eq!(sized(&[0xff; 12]), ArchiveStop::Tar(TarFault::NegativeSize));
    assert_eq!(
        sized(b"\x80\0\0\0\x80\0\0\0\0\0\0\0"),
        ArchiveStop::Tar(TarFault::Number)
    );
    let cut = Tar::default()
        .header(|block| set(block, b'0', "a", 0o644, 20))
        .0;
    assert_eq!(
        run(Kind::Tar, &cut).stopped(),
        ArchiveStop::Stream(StreamFault::Cut)
    );
}

#[test]
fn a_size_in_the_extended_header_wins() {
    let inner = Tar::default().file("evil.tf", b"x").0;
    let size = inner.len().to_string();
    let hidden = Tar::default()
        .pax(b'x', &[("size", &size)])
        .header(|block| set(block, b'0', "a", 0o644, 0))
        .body(&inner)
        .file("z", b"");
    let outcome = plain(hidden).fine();
    assert_eq!(outcome.memory.names(), ["a", "z"]);
    assert_eq!(outcome.memory.text("a"), inner);
    assert!(outcome.remarked(|remark| matches!(remark, Remark::SizeDisagrees { header: 0, .. })));
    let shown = Tar::default()
        .pax(b'x', &[("size", "0")])
        .file("a", &inner)
        .file("z", b"");
    let outcome = plain(shown).fine();
    assert_eq!(outcome.memory.names(), ["a", "evil.tf", "z"]);
    assert!(outcome.remarked(|remark| matches!(remark, Remark::SizeDisagrees { extended: 0, .. })));
}

#[test]
fn the_body_of_a_link_or_directory_is_read_as_entries() {
    let inner = Tar::default().file("evil.tf", b"x").0;
    for flag in *b"1256" {
        let outcome = plain(
            Tar::default()
                .entry(flag, "l", 0o755, &inner)
                .file("z", b""),
        )
        .fine();
        assert!(outcome.memory.names().contains(&"evil.tf"));
        assert!(outcome.remarked(|remark| matches!(remark, Remark::BodyNotSkipped { .. })));
    }
}

#[test]
fn names_from_extended_headers_are_judged_like_any() {
    let evil = plain(
        Tar::default()
            .pax(b'x', &[("path", "../evil.tf")])
            .file("a", b""),
    );
    assert_eq!(evil.message(), "entry contains '..': ../evil.tf");
    let empty = plain(Tar::default().pax(b'x', &[("path", "")]).file("a", b"")).fine();
    assert_eq!(empty.memory.names(), ["a"]);
    let tar = Tar::default()
        .pax(b'g', &[("path", "../../x"), ("size", "0")])
        .file("a", b"body");
    let global = plain(tar).fine();
    assert_eq!(global.memory.text("a"), b"body");
    assert!(
        global.remarked(|remark| matches!(remark, Remark::GlobalIgnored { key } if key == b"path"))
    );
    let target = plain(
        Tar::default()
            .pax(b'x', &[("linkpath", "/etc")])
            .file("a", b""),
    )
    .fine();
    assert_eq!(target.unpacked.remarks, []);
}

#[test]
fn a_gnu_name_wins_over_a_pax_name_in_either_order() {
    let pax = |tar: Tar| tar.pax(b'x', &[("path", "from-pax")]);
    let gnu = |tar: Tar| tar.entry(b'L', "L", 0o644, b"from-gnu\0");
    for tar in [pax(gnu(Tar::default())), gnu(pax(Tar::default()))] {
        let outcome = plain(tar.file("short", b"")).fine();
        assert_eq!(outcome.memory.names(), ["from-gnu"]);
        assert!(outcome.remarked(|remark| matches!(remark, Remark::NameDisagrees { .. })));
    }
}

#[test]
fn damaged_headers_are_never_skipped() {
    let good = Tar::default()
        .file("a", b"1")
        .file("b", b"2")
        .file("c", b"3")
        .end();
    let mut sum = good.clone();
    sum[1024 + 10] ^= 1;
    let mut noise = good.clone();
    noise.splice(1024..1024, [0xa5; 512]);
    let mut zero = good.clone();
    zero.splice(1024..1024, [0; 512]);
    for (bytes, fault) in [
        (sum, TarFault::HeaderSum),
        (noise, TarFault::HeaderSum),
        (zero, TarFault::LoneZeroBlock),
    ] {
        let outcome = run(Kind::Tar, &bytes);
        assert_eq!(outcome.stopped(), ArchiveStop::Tar(fault));
        assert_eq!(outcome.memory.names(), ["a"]);
    }
    let endless = Tar::default().file("a", b"1").0;
    assert_eq!(run(Kind::Tar, &endless).fine().unpacked.remarks, []);
}

#[test]
fn what_follows_the_end_is_remarked_only() {
    let tar = Tar::default().file("a", b"1").end();
    let twice = [tar.clone(), Tar::default().file("b", b"2").end()].concat();
    let outcome = run(Kind::Tar, &twice).fine();
    assert_eq!(outcome.memory.names(), ["a"]);
    assert!(outcome.remarked(|remark| matches!(
        remark,
        Remark::TrailingData {
            layer: Layer::Archive,
            ..
        }
    )));
    let members = [gzip(&tar[..700]), gzip(&tar[700..])].concat();
    assert_eq!(run(Kind::TarGz, &members).fine().unpacked.remarks, []);
    let noise = [gzip(&tar), vec![0xa5; 1000]].concat();
    let outcome = run(Kind::TarGz, &noise).fine();
    assert_eq!(
        outcome.unpacked.remarks,
        [Remark::TrailingData {
            layer: Layer::Compressed,
            bytes: 0
        }]
    );
    let padded = [tar, vec![0; 9216]].concat();
    assert_eq!(run(Kind::TarGz, &gzip(&padded)).fine().unpacked.remarks, []);
}

#[test]
fn the_end_of_a_gzip_is_remarked_and_its_beginning_judged() {
    let good = gzip(&Tar::default().file("a", b"1").end());
    let with = |change: &dyn Fn(&mut Vec<u8>)| {
        let mut bytes = good.clone();
        change(&mut bytes);
        run(Kind::TarGz, &bytes)
    };
    let last = good.len() - 1;
    let wrong = |outcome: Outcome| outcome.fine().unpacked.remarks;
    let trailer = |why| vec![Remark::TrailerWrong { why }];
    assert_eq!(
        wrong(with(&|bytes| bytes[last - 7] ^= 1)),
        trailer(Trailer::Checksum)
    );
    assert_eq!(
        wrong(with(&|bytes| bytes[last] ^= 1)),
        trailer(Trailer::Length)
    );
    assert_eq!(
        wrong(with(&|bytes| bytes.truncate(last))),
        trailer(Trailer::Missing)
    );
    assert_eq!(
        wrong(with(&|bytes| bytes[3] |= 0x80)),
        [Remark::ReservedFlags { flags: 0x80 }]
    );
    let opening = "Error opening a gzip reader for A: ";
    assert_eq!(
        with(&|bytes| bytes[2] = 7).message(),
        format!("{opening}gzip: invalid header")
    );
    assert_eq!(with(&Vec::clear).message(), format!("{opening}EOF"));
    let endless_name = |bytes: &mut Vec<u8>| {
        bytes[3] = 8;
        bytes.splice(10..10, vec![b'n'; 10 << 20]);
    };
    assert_eq!(
        with(&endless_name).message(),
        format!("{opening}gzip: invalid header")
    );
}

#[test]
fn a_wrong_label_is_told_as_the_client_tells_it() {
    let tar = Tar::default().file("a", b"1").end();
    assert_eq!(
        run(Kind::TarGz, &tar).message(),
        "Error opening a gzip reader for A: gzip: invalid header"
    );
    assert_eq!(
        run(Kind::TarXz, &tar).message(),
        "Error opening an xz reader for A: xz: invalid header magic bytes"
    );
    assert_eq!(
        run(Kind::TarBz2, &tar).message(),
        "bzip2 data invalid: bad magic value"
    );
    assert_eq!(run(Kind::TarBz2, b"").message(), "unexpected EOF");
    assert_eq!(
        run(Kind::TarXz, b"").message(),
        "Error opening an xz reader for A: unexpected EOF"
    );
    assert_eq!(
        run(Kind::Gz, &tar).message(),
        "gzip-compressed files can only unarchive to a single file"
    );
    assert!(matches!(
        run(Kind::TarZst, &tar).stopped(),
        ArchiveStop::Unsupported { .. }
    ));
}

#[test]
fn an_archive_without_files_is_empty() {
    assert_eq!(plain(Tar::default()).message(), "empty archive: A");
    assert_eq!(
        plain(Tar::default().entry(b'5', "a/", 0o755, b"")).message(),
        "empty archive: A"
    );
    assert_eq!(
        plain(Tar::default().pax(b'g', &[("comment", "x")])).message(),
        "empty archive: A"
    );
    assert_eq!(run(Kind::Tar, b"").message(), "empty archive: A");
}

fn three_files() -> Vec<u8> {
    Tar::default()
        .file("main.tf", b"# one\n")
        .file("d/two.tf", b"# two\n")
        .file("d/three.tf", b"# three\n")
        .end()
}

#[test]
fn an_archive_cut_anywhere_is_refused_unless_all_of_it_was_read() {
    let whole = gzip(&three_files());
    for length in 0..whole.len() {
        let outcome = run(Kind::TarGz, &whole[..length]);
        if outcome.stop.is_none() {
            assert_eq!(outcome.memory.names().len(), 3, "{length}");
            let missing = Remark::TrailerWrong {
                why: Trailer::Missing,
            };
            assert_eq!(outcome.unpacked.remarks, [missing], "{length}");
        }
    }
}

#[test]
fn a_flipped_bit_harms_nothing() {
    for (kind, bytes) in [
        (Kind::TarGz, gzip(&three_files())),
        (Kind::TarBz2, bzip2(&three_files())),
        (Kind::Tar, three_files()),
    ] {
        for bit in 0..bytes.len() * 8 {
            let mut bytes = bytes.clone();
            bytes[bit / 8] ^= 1 << (bit % 8);
            drop(run(kind, &bytes));
        }
    }
}
