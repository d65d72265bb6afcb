//! Writes xz files without compressing anything.
//!
//! The blocks of LZMA2 may hold data as it is, so that the container is all there is to write; every reader accepts
//! that. It never writes more than one block.

use flate2::Crc;

const MAGIC: [u8; 6] = [0xfd, b'7', b'z', b'X', b'Z', 0];
/// The stream flags: the check of a block is a CRC-32.
const FLAGS: [u8; 2] = [0, 1];
/// One filter, LZMA2, with a dictionary of 64 KiB; the first byte is the length of the header in words, less one.
const BLOCK_HEADER: [u8; 8] = [2, 0, 0x21, 1, 8, 0, 0, 0];

/// `data` as an xz file.
pub(super) fn xz(data: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(data.len() + data.len() / 1000 + 64);
    out.extend(MAGIC);
    with_check(&mut out, &FLAGS);
    let start = out.len();
    with_check(&mut out, &BLOCK_HEADER);
    for (index, chunk) in data.chunks(1 << 16).enumerate() {
        let size = u16::try_from(chunk.len() - 1).expect("a chunk has 1 to 65536 bytes");
        // The first chunk resets the dictionary.
        out.push(if index == 0 { 1 } else { 2 });
        out.extend(size.to_be_bytes());
        out.extend(chunk);
    }
    out.push(0);
    let unpadded = out.len() - start + 4;
    pad(&mut out, start);
    out.extend(checksum(data));
    let mut index = vec![0, 1];
    number(&mut index, unpadded);
    number(&mut index, data.len());
    pad(&mut index, 0);
    with_check(&mut out, &index);
    let words = u32::try_from(index.len() / 4).expect("an index of one block is small");
    let footer = [&words.to_le_bytes()[..], &FLAGS].concat();
    out.extend(checksum(&footer));
    out.extend(footer);
    out.extend(b"YZ");
    out
}

fn checksum(data: &[u8]) -> [u8; 4] {
    let mut crc = Crc::new();
    crc.update(data);
    crc.sum().to_le_bytes()
}

fn with_check(out: &mut Vec<u8>, data: &[u8]) {
    out.extend(data);
    out.extend(checksum(data));
}

fn pad(out: &mut Vec<u8>, start: usize) {
    while !(out.len() - start).is_multiple_of(4) {
        out.push(0);
    }
}

fn number(out: &mut Vec<u8>, mut number: usize) {
    while number >= 0x80 {
        out.push(u8::try_from(number & 0x7f).expect("seven bits") | 0x80);
        number >>= 7;
    }
    out.push(u8::try_from(number).expect("seven bits"));
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::xz;

    #[test]
    fn any_length_is_read_back() {
        for length in [0, 1, 2, 3, 4, 65_535, 65_536, 65_537, 300_000] {
            let data: Vec<u8> = (0..length)
                .map(|index: u32| index.to_le_bytes()[0])
                .collect();
            let mut back = Vec::new();
            lzma_rust2::XzReader::new(&xz(&data)[..], true)
                .read_to_end(&mut back)
                .expect("a valid file");
            assert_eq!(back, data, "{length}");
        }
    }
}
