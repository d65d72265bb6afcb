//! What makes a finding the same finding in another run: its code, its target, its stage, and what it is about.
//!
//! A package is no part of it, since its address changes with each release, and with each answer where links are signed: the
//! calls that use it are.

use crate::finding::Finding;
use crate::trace::Subject;
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
    match &finding.about {
        Subject::Host(name)
        | Subject::Module(name)
        | Subject::Release(name)
        | Subject::Call(name) => part(name),
        Subject::Run | Subject::Package(_) | Subject::Trial(_) => {
            for key in &finding.calls {
                part(key);
            }
        }
    }
    format!("sha256:{}", hex::encode(digest.finalize()))
}
