//! Names and dates of an X.509 certificate.
//!
//! It never judges a certificate and verifies nothing: the TLS library did that. It only tells people what was received.

#![deny(clippy::indexing_slicing)]

/// What people need to know of a certificate.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Details {
    /// The subject's common name, else its organisation.
    pub subject: String,
    /// The issuer's common name, else its organisation.
    pub issuer: String,
    /// The host names and addresses it is for.
    pub names: Vec<String>,
    /// Start of validity, seconds since 1970.
    pub not_before: i64,
    /// End of validity, seconds since 1970.
    pub not_after: i64,
    /// Whether subject and issuer are the same name.
    pub self_issued: bool,
}

/// More names than any person reads; the rest is left out.
const MOST_NAMES: usize = 256;
const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;
const OBJECT: u8 = 0x06;
const OCTETS: u8 = 0x04;
const COMMON_NAME: &[u8] = &[0x55, 0x04, 0x03];
const ORGANISATION: &[u8] = &[0x55, 0x04, 0x0a];
const SUBJECT_ALT_NAME: &[u8] = &[0x55, 0x1d, 0x11];

/// The details of a certificate in DER, or nothing where it is none.
pub fn details(der: &[u8]) -> Option<Details> {
    let mut certificate = Reader(Reader(der).expect(SEQUENCE)?);
    let mut body = Reader(certificate.expect(SEQUENCE)?);
    if body.peek() == Some(0xa0) {
        body.next()?;
    }
    body.next()?; // serial number
    body.next()?; // signature algorithm
    let issuer = body.expect(SEQUENCE)?;
    let mut validity = Reader(body.expect(SEQUENCE)?);
    let (first_kind, first) = validity.next()?;
    let (last_kind, last) = validity.next()?;
    let subject = body.expect(SEQUENCE)?;
    body.next()?; // public key
    let mut names = Vec::new();
    while let Some((tag, content)) = body.next() {
        if tag == 0xa3 {
            names = alternative_names(content).unwrap_or_default();
        }
    }
    Some(Details {
        subject: name_text(subject),
        issuer: name_text(issuer),
        names,
        not_before: seconds(first_kind, first)?,
        not_after: seconds(last_kind, last)?,
        self_issued: subject == issuer,
    })
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn peek(&self) -> Option<u8> {
        self.0.first().copied()
    }

    fn next(&mut self) -> Option<(u8, &'a [u8])> {
        let (tag, rest) = self.0.split_first()?;
        let (length, rest) = length(rest)?;
        let content = rest.get(..length)?;
        self.0 = rest.get(length..)?;
        Some((*tag, content))
    }

    fn expect(&mut self, wanted: u8) -> Option<&'a [u8]> {
        let (tag, content) = self.next()?;
        (tag == wanted).then_some(content)
    }
}

fn length(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let (first, rest) = bytes.split_first()?;
    if *first < 0x80 {
        return Some((usize::from(*first), rest));
    }
    let count = usize::from(first & 0x7f);
    if count == 0 || count > 4 {
        return None;
    }
    let value = rest
        .get(..count)?
        .iter()
        .fold(0_usize, |value, byte| (value << 8) | usize::from(*byte));
    Some((value, rest.get(count..)?))
}

fn name_text(name: &[u8]) -> String {
    let mut parts = Reader(name);
    let mut organisation = String::new();
    while let Some((tag, set)) = parts.next() {
        if tag != SET {
            continue;
        }
        let mut set = Reader(set);
        while let Some((_, pair)) = set.next() {
            let mut pair = Reader(pair);
            let (Some(kind), Some((tag, value))) = (pair.expect(OBJECT), pair.next()) else {
                continue;
            };
            if kind == COMMON_NAME {
                return string(tag, value);
            }
            if kind == ORGANISATION && organisation.is_empty() {
                organisation = string(tag, value);
            }
        }
    }
    organisation
}

fn string(tag: u8, value: &[u8]) -> String {
    const BMP: u8 = 0x1e;
    if tag == BMP {
        let units: Vec<u16> = value
            .chunks_exact(2)
            .map(|pair| {
                pair.iter()
                    .fold(0, |unit, byte| (unit << 8) | u16::from(*byte))
            })
            .collect();
        return String::from_utf16_lossy(&units);
    }
    String::from_utf8_lossy(value).into_owned()
}

fn alternative_names(extensions: &[u8]) -> Option<Vec<String>> {
    let mut list = Reader(Reader(extensions).expect(SEQUENCE)?);
    while let Some((_, extension)) = list.next() {
        let mut extension = Reader(extension);
        if extension.expect(OBJECT)? != SUBJECT_ALT_NAME {
            continue;
        }
        let mut value = extension.next()?;
        if value.0 != OCTETS {
            value = extension.next()?; // the mark `critical` stood in front
        }
        let mut names = Reader(Reader(value.1).expect(SEQUENCE)?);
        let mut found = Vec::new();
        while let Some((tag, content)) = names.next() {
            match tag {
                0x82 => found.push(String::from_utf8_lossy(content).into_owned()),
                0x87 => found.extend(address(content)),
                _ => {}
            }
            if found.len() >= MOST_NAMES {
                break;
            }
        }
        return Some(found);
    }
    None
}

fn address(bytes: &[u8]) -> Option<String> {
    if let Ok(four) = <[u8; 4]>::try_from(bytes) {
        return Some(std::net::Ipv4Addr::from(four).to_string());
    }
    let sixteen = <[u8; 16]>::try_from(bytes).ok()?;
    Some(std::net::Ipv6Addr::from(sixteen).to_string())
}

/// `UTCTime` has two digits for the year, `GeneralizedTime` four.
fn seconds(tag: u8, text: &[u8]) -> Option<i64> {
    let text = std::str::from_utf8(text).ok()?;
    let digits = text.strip_suffix('Z')?;
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let (year, rest) = match tag {
        0x17 => {
            let (year, rest) = digits.split_at_checked(2)?;
            let year: i64 = year.parse().ok()?;
            (if year < 50 { 2000 + year } else { 1900 + year }, rest)
        }
        0x18 => {
            let (year, rest) = digits.split_at_checked(4)?;
            (year.parse().ok()?, rest)
        }
        _ => return None,
    };
    let part = |from: usize| rest.get(from..from + 2)?.parse::<i64>().ok();
    let days = days_since_1970(year, part(0)?, part(2)?);
    Some(((days * 24 + part(4)?) * 60 + part(6)?) * 60 + part(8)?)
}

fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    // Years that begin in March put the leap day last.
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

#[cfg(test)]
mod tests {
    use super::details;
    use super::seconds;

    fn certificate() -> Vec<u8> {
        let key = rcgen::KeyPair::generate().expect("a key");
        let mut params =
            rcgen::CertificateParams::new(vec!["a.example".to_owned(), "127.0.0.1".to_owned()])
                .expect("names");
        params
            .distinguished_name
            .push(rcgen::DnType::CommonName, "leaf of a.example");
        params.not_before = rcgen::date_time_ymd(2020, 2, 29);
        params.not_after = rcgen::date_time_ymd(2061, 3, 1);
        params
            .self_signed(&key)
            .expect("a certificate")
            .der()
            .to_vec()
    }

    #[test]
    fn names_and_dates_are_read() {
        let found = details(&certificate()).expect("details");
        assert_eq!(found.subject, "leaf of a.example");
        assert_eq!(found.names, ["a.example", "127.0.0.1"]);
        assert_eq!(found.not_before, 1_582_934_400);
        assert_eq!(found.not_after, 2_876_860_800);
        assert!(found.self_issued);
    }

    #[test]
    fn a_certificate_cut_or_changed_anywhere_is_no_panic() {
        let whole = certificate();
        for end in 0..whole.len() {
            let _ = details(whole.get(..end).expect("a beginning"));
        }
        for at in 0..whole.len() {
            let mut changed = whole.clone();
            *changed.get_mut(at).expect("a byte") ^= 0xff;
            let _ = details(&changed);
        }
    }

    #[test]
    fn both_forms_of_time_are_read() {
        assert_eq!(seconds(0x17, b"700101000000Z"), Some(0));
        assert_eq!(seconds(0x17, b"490101000001Z"), Some(2_493_072_001));
        assert_eq!(seconds(0x18, b"19700102000000Z"), Some(86_400));
        assert_eq!(seconds(0x18, b"1970"), None);
    }
}
