//! Zips, as hostile as they come.

#![allow(clippy::unwrap_used, reason = "a test ends at the first surprise")]

use crate::stages::unpack_testing::{Outcome, ZipEntry, end, run, run_with, zip};
use crate::trace::archive::{Kind, Layer, Modes, Remark, UnpackLimits, ZipDifference};
use crate::trace::archive_stop::{ArchiveStop, LimitName, ZipFault};

fn unpacked(entries: &[ZipEntry]) -> Outcome {
    run(Kind::Zip, &zip(entries))
}

fn stored(name: &str, body: &[u8]) -> ZipEntry {
    ZipEntry::stored(name, body)
}

fn differences(outcome: &Outcome) -> Vec<ZipDifference> {
    let what = |remark: &Remark| match remark {
        Remark::ZipDisagrees { what, .. } => Some(what.clone()),
        _ => None,
    };
    outcome.unpacked.remarks.iter().filter_map(what).collect()
}

#[test]
fn files_are_written_stored_or_deflated() {
    let text = b"# hello\n".repeat(1000);
    let outcome = unpacked(&[
        stored("d/", b""),
        stored("d/a", b"one"),
        ZipEntry::deflated("b", &text),
    ])
    .fine();
    assert_eq!(outcome.memory.text("d/a"), b"one");
    assert_eq!(outcome.memory.text("b"), text);
    assert_eq!(outcome.unpacked.remarks, []);
}

#[test]
fn names_are_judged_as_in_a_tar_but_for_conflicts() {
    for name in ["../evil.tf", "a/../../evil.tf", "..\\evil.tf", "a/.."] {
        let outcome = unpacked(&[stored("main.tf", b""), stored(name, b"x")]);
        assert_eq!(outcome.message(), format!("entry contains '..': {name}"));
        assert_eq!(outcome.memory.names(), ["main.tf"]);
    }
    let outcome = unpacked(&[stored("/abs/evil.tf", b""), stored("a\\b", b"")]).fine();
    assert_eq!(outcome.memory.names(), ["a\\\\b", "abs/evil.tf"]);
    let below = unpacked(&[stored("a", b""), stored("a/b/c", b"")]);
    assert_eq!(below.message(), "mkdir D/a: not a directory");
    assert_eq!(
        unpacked(&[stored("a\0b", b"")]).message(),
        "open D/a\0b: invalid argument"
    );
    assert_eq!(
        unpacked(&[stored("", b"")]).message(),
        "open D: is a directory"
    );
}

#[test]
fn of_one_name_twice_the_last_stays() {
    let outcome = unpacked(&[stored("a", b"first, longer"), stored("a", b"second")]).fine();
    assert_eq!(outcome.memory.text("a"), b"second");
    assert!(outcome.remarked(|remark| matches!(remark, Remark::Duplicate { .. })));
}

#[test]
fn modes_depend_on_the_system_and_directories_have_none() {
    let made_on = |name: &str, system, attributes| ZipEntry {
        system,
        attributes,
        ..stored(name, b"")
    };
    let outcome = unpacked(&[
        made_on("dos", 0, 0),
        made_on("dos-read-only", 0, 1),
        made_on("mac", 19, 0o100_755 << 16),
        made_on("other", 6, 0o100_755 << 16),
        made_on("unix", 3, 0o104_711 << 16),
        made_on("dir/", 3, 0o040_700 << 16),
        made_on("by-mode", 3, 0o040_700 << 16),
        made_on("by-attribute", 11, 0x10),
    ])
    .fine();
    let modes: Vec<u32> = outcome
        .memory
        .files
        .values()
        .map(|(mode, _)| *mode)
        .collect();
    assert_eq!(modes, [0o666, 0o444, 0o755, 0o400, 0o711]);
    let directories: Vec<_> = outcome
        .memory
        .directories
        .iter()
        .map(|(name, mode)| (name.as_str(), *mode))
        .collect();
    assert_eq!(
        directories,
        [("by-attribute", 0o755), ("by-mode", 0o755), ("dir", 0o755)]
    );
    assert!(
        outcome.remarked(
            |remark| matches!(remark, Remark::Unreadable { name, .. } if name == b"other")
        )
    );
}

#[test]
fn a_link_becomes_a_file_that_holds_the_target() {
    let outcome = unpacked(&[stored("vars.tf", b"real/vars.tf").mode(0o120_777)]).fine();
    assert_eq!(
        outcome.memory.files["vars.tf"],
        (0o777, b"real/vars.tf".to_vec())
    );
    let lost = |remark: &Remark| matches!(remark, Remark::LinkLost { target, config_file: true, outside: false, .. } if target == b"real/vars.tf");
    assert!(outcome.remarked(lost));
    let below = unpacked(&[
        stored("l", b"/tmp").mode(0o120_777),
        stored("l/evil.tf", b"x"),
    ]);
    assert_eq!(below.message(), "mkdir D/l: not a directory");
}

#[test]
fn entries_that_share_bytes_are_refused_before_the_first_byte() {
    let kernel = ZipEntry::deflated("a", &[0; 1000]);
    let again = ZipEntry {
        name: b"b".to_vec(),
        header: Some(0),
        in_front: false,
        ..kernel.clone()
    };
    let outcome = unpacked(&[kernel.clone(), again]);
    assert_eq!(
        outcome.stopped(),
        ArchiveStop::Limit {
            name: LimitName::Overlap,
            number: 0
        }
    );
    assert!(outcome.memory.files.is_empty());
    let quoting = ZipEntry {
        packed: kernel.packed + 40,
        ..kernel.clone()
    };
    let outcome = unpacked(&[quoting, stored("c", b"x")]);
    assert_eq!(
        outcome.stopped(),
        ArchiveStop::Limit {
            name: LimitName::Overlap,
            number: 0
        }
    );
    let covering = unpacked(&[ZipEntry {
        packed: kernel.packed + 10,
        ..kernel
    }]);
    assert!(matches!(
        covering.stopped(),
        ArchiveStop::Limit {
            name: LimitName::Overlap,
            ..
        }
    ));
}

#[test]
fn sizes_that_lie_are_faults() {
    let body = b"0123456789".repeat(100);
    let long = unpacked(&[ZipEntry {
        size: 10,
        ..ZipEntry::deflated("a", &body)
    }]);
    assert!(matches!(
        long.stopped(),
        ArchiveStop::Zip(ZipFault::Long { .. })
    ));
    let short = unpacked(&[ZipEntry {
        size: 1001,
        ..ZipEntry::deflated("a", &body)
    }]);
    assert_eq!(short.message(), "unexpected EOF");
    let huge = unpacked(&[ZipEntry {
        size: 0xffff_fffe,
        ..ZipEntry::deflated("a", b"0123456789")
    }]);
    assert!(matches!(huge.stopped(), ArchiveStop::Limit { .. }));
    let limits = |file_bytes, unpacked_bytes| {
        let limits = UnpackLimits {
            unpacked_bytes,
            file_bytes,
            ..UnpackLimits::default()
        };
        run_with(
            Kind::Zip,
            &zip(&[stored("a", &body), stored("b", &body)]),
            &limits,
            Modes::Client,
        )
        .stop
    };
    assert_eq!((limits(1000, 2000), limits(1001, 2001)), (None, None));
    assert_eq!(
        limits(999, 2000),
        Some(ArchiveStop::Limit {
            name: LimitName::FileBytes,
            number: 999
        })
    );
    assert_eq!(
        limits(1000, 1999),
        Some(ArchiveStop::Limit {
            name: LimitName::UnpackedBytes,
            number: 1999
        })
    );
}

#[test]
fn an_end_that_promises_entries_makes_no_room_for_them() {
    assert_eq!(
        run(Kind::Zip, &end(0xfffe, 0, 0)).message(),
        "unexpected EOF"
    );
    let mut wide = b"PK\x06\x06".to_vec();
    wide.extend(44_u64.to_le_bytes());
    wide.extend([0; 12]);
    for number in [1_u64 << 40, 1 << 40, 0, 0] {
        wide.extend(number.to_le_bytes());
    }
    let mut bytes = wide;
    bytes.extend(b"PK\x06\x07\0\0\0\0\0\0\0\0\0\0\0\0\x01\0\0\0");
    bytes.extend(end(0xffff, 0xffff_ffff, 0xffff_ffff));
    // Of the number only 16 bits count, and those are zero.
    assert_eq!(run(Kind::Zip, &bytes).message(), "empty archive: A");
    let limits = |entries| {
        let limits = UnpackLimits {
            entries,
            ..UnpackLimits::default()
        };
        run_with(
            Kind::Zip,
            &zip(&[stored("a", b""), stored("b", b"")]),
            &limits,
            Modes::Client,
        )
        .stop
    };
    assert_eq!((limits(3), limits(2)), (None, None));
    assert_eq!(
        limits(1),
        Some(ArchiveStop::Limit {
            name: LimitName::Entries,
            number: 1
        })
    );
}

#[test]
fn where_local_headers_disagree_the_directory_counts() {
    let one = |entry: ZipEntry| differences(&unpacked(&[entry]).fine());
    let good = stored("a", b"text");
    assert_eq!(
        one(ZipEntry {
            local_name: b"b".to_vec(),
            ..good.clone()
        }),
        [ZipDifference::Name(b"b".to_vec())]
    );
    assert_eq!(
        one(ZipEntry {
            local_method: 9,
            ..good.clone()
        }),
        [ZipDifference::Method(9)]
    );
    assert_eq!(
        one(ZipEntry {
            local_crc: 1,
            ..good.clone()
        }),
        [ZipDifference::Checksum(1)]
    );
    assert_eq!(
        one(ZipEntry {
            local_size: 1,
            ..good.clone()
        }),
        [ZipDifference::Sizes {
            packed: 4,
            unpacked: 1
        }]
    );
    let hidden = ZipEntry {
        in_directory: false,
        ..stored("evil.tf", b"x")
    };
    for entries in [[good.clone(), hidden.clone()], [good.clone(), hidden]] {
        let outcome = unpacked(&entries).fine();
        assert_eq!(outcome.memory.names(), ["a"]);
        assert_eq!(differences(&outcome), [ZipDifference::NotInDirectory]);
    }
    let missing = unpacked(&[
        good,
        ZipEntry {
            header: Some(9),
            in_front: false,
            ..stored("b", b"")
        },
    ]);
    assert_eq!(missing.message(), "zip: not a valid zip file");
    assert_eq!(missing.memory.names(), ["a"]);
}

#[test]
fn other_bytes_around_a_zip_are_remarked() {
    let good = zip(&[stored("a", b"text")]);
    let before = run(Kind::Zip, &[vec![b'#'; 1024], good.clone()].concat()).fine();
    assert_eq!(differences(&before), [ZipDifference::Prefix(1024)]);
    let behind = run(Kind::Zip, &[good.clone(), vec![b'#'; 1024]].concat()).fine();
    assert_eq!(
        behind.unpacked.remarks,
        [Remark::TrailingData {
            layer: Layer::Archive,
            bytes: 1024
        }]
    );
    let mut comment = good.clone();
    let length = comment.len();
    comment[length - 2] = 22;
    comment.extend(end(0, 0, 0));
    // The last one counts, and it has no entries.
    assert_eq!(run(Kind::Zip, &comment).message(), "empty archive: A");
    let mut off_by_one = good;
    let place = off_by_one.len() - 6;
    off_by_one[place] -= 1;
    assert_eq!(
        run(Kind::Zip, &off_by_one).message(),
        "zip: not a valid zip file"
    );
}

fn described(descriptor: &[u32], signed: bool) -> ZipEntry {
    let mut bytes = if signed {
        b"PK\x07\x08".to_vec()
    } else {
        Vec::new()
    };
    bytes.extend(descriptor.iter().flat_map(|number| number.to_le_bytes()));
    ZipEntry {
        flags: 8,
        local_crc: 0,
        local_size: 0,
        descriptor: bytes,
        ..stored("a", b"text")
    }
}

#[test]
fn descriptors_are_read_with_and_without_signature() {
    let crc = stored("a", b"text").crc;
    for (descriptor, signed) in [
        (&[crc, 4, 4][..], true),
        (&[crc, 4, 4], false),
        (&[crc, 4, 0, 4, 0], true),
        (&[crc, 4, 0, 4, 0], false),
    ] {
        let outcome = unpacked(&[described(descriptor, signed)]).fine();
        assert_eq!(differences(&outcome), []);
    }
    assert_eq!(
        unpacked(&[described(&[crc ^ 1, 4, 4], true)]).message(),
        "zip: checksum error"
    );
    let sizes = unpacked(&[described(&[crc, 5, 5], true)]).fine();
    assert_eq!(differences(&sizes), [ZipDifference::Descriptor]);
}

#[test]
fn extra_fields_give_large_sizes_and_other_names() {
    let wide = |length: u16, numbers: &[u64]| {
        let mut extra = vec![1, 0];
        extra.extend(length.to_le_bytes());
        extra.extend(numbers.iter().flat_map(|number| number.to_le_bytes()));
        extra
    };
    let large = ZipEntry {
        size: u32::MAX,
        packed: 4,
        extra: wide(8, &[4]),
        ..stored("a", b"text")
    };
    assert_eq!(
        unpacked(std::slice::from_ref(&large))
            .fine()
            .memory
            .text("a"),
        b"text"
    );
    let cut = unpacked(&[ZipEntry {
        extra: wide(4, &[4])[..8].to_vec(),
        ..large
    }]);
    assert_eq!(cut.message(), "zip: not a valid zip file");
    let with = |extra: &[u8]| {
        differences(
            &unpacked(&[ZipEntry {
                extra: extra.to_vec(),
                ..stored("a", b"")
            }])
            .fine(),
        )
    };
    assert_eq!(with(b"abc"), [ZipDifference::Extra]);
    assert_eq!(with(b"\x09\x09\xff\0ab"), [ZipDifference::Extra]);
    assert_eq!(
        with(b"\x75\x70\x06\0\x01\0\0\0\0b"),
        [ZipDifference::UnicodePath(b"b".to_vec())]
    );
    assert_eq!(with(b"\x75\x70\x06\0\x01\0\0\0\0a"), []);
}

#[test]
fn encryption_is_a_remark_and_other_methods_a_stop() {
    let flagged = unpacked(&[ZipEntry {
        flags: 1,
        ..stored("a", b"text")
    }])
    .fine();
    assert_eq!(
        flagged.unpacked.remarks,
        [Remark::EncryptedFlag {
            name: b"a".to_vec()
        }]
    );
    let mut noise = ZipEntry {
        flags: 1,
        ..ZipEntry::deflated("a", b"text")
    };
    noise.data.fill(0xff);
    let stop = unpacked(&[noise]).stopped();
    assert_eq!(
        stop,
        ArchiveStop::Zip(ZipFault::Data {
            name: b"a".to_vec(),
            encrypted: true
        })
    );
    for method in [1, 6, 9, 12, 14, 93, 95, 98, 99] {
        let outcome = unpacked(&[ZipEntry {
            method,
            local_method: method,
            ..stored("a", b"text")
        }]);
        assert_eq!(
            outcome.stopped(),
            ArchiveStop::Zip(ZipFault::Method {
                name: b"a".to_vec(),
                method
            })
        );
        assert_eq!(outcome.message(), "zip: unsupported compression algorithm");
    }
    let disk = unpacked(&[ZipEntry {
        disk: 7,
        ..stored("a", b"")
    }])
    .fine();
    assert_eq!(differences(&disk), [ZipDifference::Disk(7)]);
}

#[test]
fn a_wrong_sum_is_refused_and_a_zero_one_is_none() {
    let wrong = unpacked(&[ZipEntry {
        crc: 1,
        local_crc: 1,
        ..stored("a", b"text")
    }]);
    assert_eq!(wrong.message(), "zip: checksum error");
    let none = unpacked(&[ZipEntry {
        crc: 0,
        local_crc: 0,
        ..stored("a", b"text")
    }]);
    assert_eq!(none.fine().memory.text("a"), b"text");
}

#[test]
fn only_a_zip_without_any_entry_is_empty() {
    assert_eq!(run(Kind::Zip, &zip(&[])).message(), "empty archive: A");
    assert_eq!(
        unpacked(&[stored("a/", b"")]).fine().unpacked.directories,
        1
    );
    for bytes in [&b""[..], b"P", b"PK\x03", b"<html>"] {
        assert_eq!(run(Kind::Zip, bytes).message(), "zip: not a valid zip file");
    }
}

fn three_files() -> Vec<u8> {
    zip(&[
        ZipEntry::deflated("main.tf", b"# one\n# one\n# one\n"),
        stored("d/", b""),
        stored("d/two.tf", b"# two\n"),
        ZipEntry::deflated("d/three.tf", b"# three\n"),
    ])
}

#[test]
fn a_zip_cut_anywhere_is_refused_with_nothing_written() {
    let whole = three_files();
    for length in 0..whole.len() {
        let outcome = run(Kind::Zip, &whole[..length]);
        assert!(
            outcome.stop.is_some() && outcome.memory.files.is_empty(),
            "{length}"
        );
    }
}

#[test]
fn a_flipped_bit_harms_nothing() {
    let whole = three_files();
    for bit in 0..whole.len() * 8 {
        let mut bytes = whole.clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
        drop(run(Kind::Zip, &bytes));
    }
}
