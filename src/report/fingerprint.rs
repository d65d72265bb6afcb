//! What makes a finding the same finding in another run: its code, its target, its stage and the calls it hits.

use crate::finding::Finding;
use sha2::Digest;
use sha2::Sha256;

/// The fingerprint of a finding about the target with this name.
pub fn fingerprint(target: &str, finding: &Finding) -> String {
    let mut digest = Sha256::new();
    let mut part = |text: &str| {
        digest.update(text.as_bytes());
        digest.update([0]);
    };
    part(finding.rule.code);
    part(target);
    part(finding.stage.word());
    part(finding.about.name());
    for key in &finding.calls {
        part(key);
    }
    format!("sha256:{}", hex::encode(digest.finalize()))
}
