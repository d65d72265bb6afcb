//! One tar header block, read as Go's `archive/tar` reads it.
//!
//! Pure. The sum may be over signed or unsigned bytes, numbers may be octal or base 256, and the layout follows from the
//! magic: the prefix of a name is elsewhere in each dialect.

#![deny(clippy::indexing_slicing)]

use crate::trace::archive_stop::TarFault;

/// Bytes of a block.
pub(super) const BLOCK: usize = 512;

/// Layout of a header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    /// Without magic.
    Old,
    /// POSIX, with or without extended headers.
    Ustar,
    /// Jörg Schilling's star.
    Star,
    /// GNU.
    Gnu,
}

/// Fields of a header that matter here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Header {
    /// Layout.
    pub(super) dialect: Dialect,
    /// Type flag.
    pub(super) flag: u8,
    /// Name with its prefix.
    pub(super) name: Vec<u8>,
    /// Target of a link.
    pub(super) link: Vec<u8>,
    /// Mode as stated, of any size.
    pub(super) mode: i64,
    /// Size as stated.
    pub(super) size: i64,
}

impl Header {
    /// Reads a block that is not all zeros.
    pub(super) fn parse(block: &[u8; BLOCK]) -> Result<Self, TarFault> {
        let dialect = dialect(block)?;
        // The library knows the layout; what its fields mean is read here as Go reads it.
        let raw = tar::Header::from_byte_slice(block).as_old();
        let mut header = Self {
            dialect,
            flag: raw.linkflag.first().copied().unwrap_or(0),
            name: text(&raw.name).to_vec(),
            link: text(&raw.linkname).to_vec(),
            mode: number(&raw.mode)?,
            size: number(&raw.size)?,
        };
        for checked in [&raw.uid[..], &raw.gid[..], &raw.mtime[..]] {
            number(checked)?;
        }
        if dialect != Dialect::Old {
            number(field(block, 329, 8))?;
            number(field(block, 337, 8))?;
        }
        let prefix = prefix(block, dialect)?;
        if !prefix.is_empty() {
            header.name = [prefix, &header.name].join(&b'/');
        }
        Ok(header)
    }

    /// Whether the flag is of a kind that never has a body, whatever the size says.
    pub(super) fn is_bodyless(&self) -> bool {
        matches!(self.flag, b'1'..=b'6')
    }
}

/// A part of a block.
pub(super) fn field(block: &[u8], at: usize, length: usize) -> &[u8] {
    block.get(at..at + length).unwrap_or_default()
}

fn dialect(block: &[u8; BLOCK]) -> Result<Dialect, TarFault> {
    let stated = octal(field(block, 148, 8)).map_err(|_| TarFault::HeaderSum)?;
    let (mut unsigned, mut signed) = (0_i64, 0_i64);
    for (at, byte) in block.iter().enumerate() {
        let byte = if (148..156).contains(&at) {
            b' '
        } else {
            *byte
        };
        unsigned += i64::from(byte);
        signed += i64::from(byte.cast_signed());
    }
    if stated != unsigned && stated != signed {
        return Err(TarFault::HeaderSum);
    }
    Ok(
        match (
            field(block, 257, 6),
            field(block, 263, 2),
            field(block, 508, 4),
        ) {
            (b"ustar\0", _, b"tar\0") => Dialect::Star,
            (b"ustar\0", _, _) => Dialect::Ustar,
            (b"ustar ", b" \0", _) => Dialect::Gnu,
            _ => Dialect::Old,
        },
    )
}

fn prefix(block: &[u8; BLOCK], dialect: Dialect) -> Result<&[u8], TarFault> {
    match dialect {
        Dialect::Old => Ok(b""),
        Dialect::Ustar => Ok(text(field(block, 345, 155))),
        Dialect::Star => {
            number(field(block, 476, 12))?;
            number(field(block, 488, 12))?;
            Ok(text(field(block, 345, 131)))
        }
        Dialect::Gnu => {
            // Old releases of Go wrote a prefix where this dialect keeps two times. What is no time and is ASCII
            // is taken for one.
            let broken = [345, 357].into_iter().any(|at| {
                let time = field(block, at, 12);
                time.first() != Some(&0) && number(time).is_err()
            });
            let prefix = text(field(block, 345, 155));
            Ok(if broken && prefix.is_ascii() {
                prefix
            } else {
                b""
            })
        }
    }
}

/// Bytes up to the first NUL.
pub(super) fn text(bytes: &[u8]) -> &[u8] {
    bytes.split(|byte| *byte == 0).next().unwrap_or_default()
}

/// A number in octal digits, or in base 256 if its first bit is set.
pub(super) fn number(bytes: &[u8]) -> Result<i64, TarFault> {
    let Some(first) = bytes.first().filter(|first| **first & 0x80 != 0) else {
        return octal(bytes);
    };
    let invert = if first & 0x40 != 0 { 0xff } else { 0 };
    let mut value = 0_u64;
    for (at, byte) in bytes.iter().enumerate() {
        let byte = (byte ^ invert) & if at == 0 { 0x7f } else { 0xff };
        if value >> 56 != 0 {
            return Err(TarFault::Number);
        }
        value = value << 8 | u64::from(byte);
    }
    let value = i64::try_from(value).map_err(|_| TarFault::Number)?;
    Ok(if invert == 0 { value } else { !value })
}

/// A number in octal digits between blanks and NULs; none is zero.
fn octal(bytes: &[u8]) -> Result<i64, TarFault> {
    let padding = |byte: &u8| matches!(byte, b' ' | 0);
    let start = bytes
        .iter()
        .position(|byte| !padding(byte))
        .unwrap_or(bytes.len());
    let end = bytes
        .iter()
        .rposition(|byte| !padding(byte))
        .map_or(start, |last| last + 1);
    let digits = text(bytes.get(start..end).unwrap_or_default());
    let mut value = 0_u64;
    if digits.is_empty() && start != end {
        return Err(TarFault::Number);
    }
    for digit in digits {
        if !(b'0'..=b'7').contains(digit) {
            return Err(TarFault::Number);
        }
        value = value
            .checked_mul(8)
            .and_then(|value| value.checked_add(u64::from(digit - b'0')))
            .ok_or(TarFault::Number)?;
    }
    Ok(value.cast_signed())
}

#[cfg(test)]
#[allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test ends at the first surprise"
)]
mod tests {
    use super::*;

    fn block(change: impl Fn(&mut [u8; BLOCK])) -> [u8; BLOCK] {
        let mut block = [0; BLOCK];
        block[..7].copy_from_slice(b"main.tf");
        block[100..108].copy_from_slice(b"0000644\0");
        block[124..136].copy_from_slice(b"00000000005\0");
        block[156] = b'0';
        block[257..265].copy_from_slice(b"ustar\x0000");
        change(&mut block);
        block[148..156].copy_from_slice(b"        ");
        let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
        block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        block
    }

    #[test]
    fn a_header_gives_name_mode_and_size() {
        let header = Header::parse(&block(|_| {})).unwrap();
        assert_eq!(
            (header.name.as_slice(), header.mode, header.size),
            (&b"main.tf"[..], 0o644, 5)
        );
        assert_eq!(header.dialect, Dialect::Ustar);
    }

    #[test]
    fn a_prefix_is_read_where_the_dialect_keeps_it() {
        let prefixed = |block: &mut [u8; BLOCK]| block[345..348].copy_from_slice(b"a/b");
        assert_eq!(
            Header::parse(&block(prefixed)).unwrap().name,
            b"a/b/main.tf"
        );
        let gnu = block(|block| {
            prefixed(block);
            block[257..265].copy_from_slice(b"ustar  \0");
        });
        assert_eq!(Header::parse(&gnu).unwrap().name, b"a/b/main.tf");
        let old = block(|block| {
            prefixed(block);
            block[257..265].fill(0);
        });
        assert_eq!(Header::parse(&old).unwrap().name, b"main.tf");
    }

    #[test]
    fn a_wrong_sum_or_number_is_a_fault() {
        let mut damaged = block(|_| {});
        damaged[10] ^= 1;
        assert_eq!(Header::parse(&damaged), Err(TarFault::HeaderSum));
        let number = block(|block| block[124..136].copy_from_slice(b"0000000000x\0"));
        assert_eq!(Header::parse(&number), Err(TarFault::Number));
    }

    #[test]
    fn a_sum_over_signed_bytes_is_right_too() {
        let mut block = block(|block| block[0] = 0xe9);
        let sum: i32 = block
            .iter()
            .enumerate()
            .map(|(at, byte)| {
                i32::from(if (148..156).contains(&at) {
                    b' '.cast_signed()
                } else {
                    byte.cast_signed()
                })
            })
            .sum();
        block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        assert!(Header::parse(&block).is_ok());
    }

    #[test]
    fn numbers_are_read_as_go_reads_them() {
        assert_eq!(number(b"\x80\0\0\0\0\0\0\0\0\0\x01\x02"), Ok(258));
        assert_eq!(
            number(b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xfe"),
            Ok(-2)
        );
        assert_eq!(
            number(b"\x80\0\0\0\x80\0\0\0\0\0\0\0"),
            Err(TarFault::Number)
        );
        assert_eq!(number(b" 644 \0"), Ok(0o644));
        assert_eq!(number(b"\0\0\0\0"), Ok(0));
        assert_eq!(number(b"+7"), Err(TarFault::Number));
        assert_eq!(number(b"6 4"), Err(TarFault::Number));
        assert_eq!(number(b"64\x00x"), Ok(0o64));
        assert_eq!(number(b"7777777\0"), Ok(0o7_777_777));
    }
}
