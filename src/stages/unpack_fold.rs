//! Parts of names as other systems see them: which they refuse, and which they take for one another.
//!
//! Pure, and the same on every system: what the disk here would say is not asked.

#![deny(clippy::indexing_slicing)]

use crate::trace::archive::Illegal;

/// What other systems dislike in one part of a name.
pub(super) fn illegal(part: &[u8]) -> Option<Illegal> {
    if std::str::from_utf8(part).is_err() {
        return Some(Illegal::NotUnicode);
    }
    if part.iter().any(|byte| *byte < 0x20 || *byte == 0x7f) {
        return Some(Illegal::Control);
    }
    if part.iter().any(|byte| b"<>:\"|?*".contains(byte)) {
        return Some(Illegal::Character);
    }
    if matches!(part.last(), Some(b'.' | b' ')) {
        return Some(Illegal::TrailingDotOrBlank);
    }
    let stem = part.split(|byte| *byte == b'.').next().unwrap_or_default();
    is_device(stem.trim_ascii_end()).then_some(Illegal::Reserved)
}

fn is_device(stem: &[u8]) -> bool {
    let stem = stem.to_ascii_lowercase();
    let plain: [&[u8]; 6] = [b"con", b"prn", b"aux", b"nul", b"conin$", b"conout$"];
    if plain.contains(&stem.as_slice()) {
        return true;
    }
    let Some(number) = stem
        .strip_prefix(b"com")
        .or_else(|| stem.strip_prefix(b"lpt"))
    else {
        return false;
    };
    // The superscripts one to three count as digits there.
    matches!(number, [b'1'..=b'9'] | [0xc2, 0xb9 | 0xb2 | 0xb3])
}

/// A name as a file system sees it for which neither case nor Unicode form counts.
///
/// Canonical decomposition is known for Latin letters, kana and Hangul; names in other scripts are compared by case.
pub(super) fn folded(name: &[u8]) -> Vec<u8> {
    let Ok(text) = std::str::from_utf8(name) else {
        return name.to_vec();
    };
    if text.is_ascii() {
        return name.to_ascii_lowercase();
    }
    let mut out = String::with_capacity(text.len());
    // By way of capitals, where the long s and the sharp s are what they are elsewhere.
    for letter in text
        .chars()
        .flat_map(char::to_uppercase)
        .flat_map(char::to_lowercase)
    {
        decompose(letter, &mut out);
    }
    out.into_bytes()
}

fn decompose(letter: char, out: &mut String) {
    let mut base = letter;
    let mut marks = Vec::new();
    while let Some((simpler, mark)) = split_mark(base) {
        marks.push(mark);
        base = simpler;
    }
    out.push(base);
    out.extend(marks.iter().rev());
}

/// Letter and mark of which a composed letter is made.
fn split_mark(letter: char) -> Option<(char, char)> {
    if letter.is_ascii() {
        return None;
    }
    if let Some(syllable) = u32::from(letter)
        .checked_sub(0xac00)
        .filter(|syllable| *syllable < 11_172)
    {
        let (rest, last) = (syllable / 28, syllable % 28);
        return if last == 0 {
            Some((
                char::from_u32(0x1100 + rest / 21)?,
                char::from_u32(0x1161 + rest % 21)?,
            ))
        } else {
            Some((
                char::from_u32(0xac00 + rest * 28)?,
                char::from_u32(0x11a7 + last)?,
            ))
        };
    }
    if !matches!(letter, '\u{c0}'..='\u{1dc}' | '\u{1e00}'..='\u{1eff}' | '\u{3040}'..='\u{30ff}') {
        return None;
    }
    COMPOSED.iter().find_map(|(mark, pairs)| {
        let mut letters = pairs.chars();
        while let (Some(base), Some(composed)) = (letters.next(), letters.next()) {
            if composed == letter {
                return Some((base, *mark));
            }
        }
        None
    })
}

/// Small letters with one mark: the mark, then base and composed letter in turn.
const COMPOSED: [(char, &str); 23] = [
    ('\u{300}', "aàeèiìoòuùüǜēḕōṑwẁâầăằêềôồơờưừyỳ"),
    (
        '\u{301}',
        "aáeéiíoóuúyýcćlĺnńrŕsśzźüǘçḉēḗïḯkḱmḿõṍōṓpṕũṹwẃâấăắêếôốơớưứ",
    ),
    ('\u{302}', "aâeêiîoôuûcĉgĝhĥjĵsŝwŵyŷzẑạậẹệọộ"),
    ('\u{303}', "aãnñoõiĩuũvṽâẫăẵeẽêễôỗơỡưữyỹ"),
    ('\u{304}', "aāeēiīoōuūüǖgḡḷḹṛṝ"),
    ('\u{306}', "aăeĕgğiĭoŏuŭȩḝạặ"),
    ('\u{307}', "cċeėgġzżbḃdḋfḟhḣmṁnṅpṗrṙsṡśṥšṧṣṩtṫwẇxẋyẏ"),
    ('\u{308}', "aäeëiïoöuüyÿhḧõṏūṻwẅxẍ"),
    ('\u{309}', "aảâẩăẳeẻêểiỉoỏôổơởuủưửyỷ"),
    ('\u{30a}', "aåuů"),
    ('\u{30b}', "oőuű"),
    ('\u{30c}', "cčdďeělľnňrřsštťzžaǎiǐoǒuǔüǚ"),
    ('\u{323}', "bḅdḍhḥkḳlḷmṃnṇrṛsṣtṭvṿwẉzẓaạeẹiịoọơợuụưựyỵ"),
    ('\u{324}', "uṳ"),
    ('\u{325}', "aḁ"),
    ('\u{327}', "cçgģkķlļnņrŗsştţdḑhḩ"),
    ('\u{328}', "aąeęiįuų"),
    ('\u{32d}', "dḓeḙlḽnṋtṱuṷ"),
    ('\u{32e}', "hḫ"),
    ('\u{330}', "eḛiḭuṵ"),
    ('\u{331}', "bḇdḏkḵlḻnṉrṟtṯzẕ"),
    (
        '\u{3099}',
        "かがきぎくぐけげこごさざしじすずせぜそぞただちぢつづてでとどはばひびふぶへべほぼうゔゝゞカガキギクグケゲコゴサザシジスズセゼソゾタダチヂツヅテデトドハバヒビフブヘベホボウヴワヷヰヸヱヹヲヺヽヾ",
    ),
    ('\u{309a}', "はぱひぴふぷへぺほぽハパヒピフプヘペホポ"),
];

#[cfg(test)]
#[allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test ends at the first surprise"
)]
mod tests {
    use super::*;

    #[test]
    fn names_that_other_systems_refuse_are_remarked() {
        for name in [
            "aux.tf",
            "NUL",
            "com1.tf",
            "a:b",
            "a.",
            "a ",
            "a<b",
            "lpt\u{b2}",
            "a\nb",
            "\u{1b}[2J.tf",
        ] {
            assert!(illegal(name.as_bytes()).is_some(), "{name}");
        }
        assert_eq!(illegal(b"\xff\xfe.tf"), Some(Illegal::NotUnicode));
        for name in [
            "auxiliary.tf",
            "com0",
            "com10",
            "main.tf",
            ".hidden",
            "na\u{ef}ve",
        ] {
            assert_eq!(illegal(name.as_bytes()), None, "{name}");
        }
    }
}
