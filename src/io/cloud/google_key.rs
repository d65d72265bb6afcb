//! The signed statement with which a service account asks for a token: RS256, by the TLS library's own signer.
//!
//! Never keeps the key.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use rustls::SignatureScheme;
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject;
use serde_json::json;

/// What a service account says of itself.
pub(super) struct Account<'a> {
    pub(super) email: &'a str,
    pub(super) key_id: &'a str,
    pub(super) private_key: &'a str,
    pub(super) audience: &'a str,
    pub(super) scope: &'a str,
}

/// The statement, signed; the error is for people.
pub(super) fn statement(account: &Account<'_>, now: Timestamp) -> Result<String, String> {
    // A clock that is a little ahead would make the statement one of the future.
    let issued = now.as_second() - 10;
    let header = json!({ "alg": "RS256", "typ": "JWT", "kid": account.key_id });
    let claims = json!({
        "iss": account.email,
        "scope": account.scope,
        "aud": account.audience,
        "exp": issued + 3600,
        "iat": issued,
    });
    let text = format!(
        "{}.{}",
        URL_SAFE_NO_PAD.encode(header.to_string()),
        URL_SAFE_NO_PAD.encode(claims.to_string())
    );
    let unusable = |_| "private key should be a PEM or plain PKCS1 or PKCS8".to_owned();
    let key = PrivateKeyDer::from_pem_slice(account.private_key.as_bytes())
        .map_err(|_| "private key should be a PEM or plain PKCS1 or PKCS8".to_owned())?;
    let key = rustls::crypto::aws_lc_rs::sign::any_supported_type(&key).map_err(unusable)?;
    let signer = key
        .choose_scheme(&[SignatureScheme::RSA_PKCS1_SHA256])
        .ok_or("the private key is not one of RSA")?;
    let signature = signer
        .sign(text.as_bytes())
        .map_err(|error| error.to_string())?;
    Ok(format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature)))
}

#[cfg(test)]
mod tests {
    use super::Account;
    use super::statement;
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use rcgen::KeyPair;
    use rcgen::PKCS_RSA_SHA256;
    use rcgen::RsaKeySize;

    #[test]
    fn the_statement_is_signed_by_the_key() {
        let pair = KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048).expect("a key");
        let account = Account {
            email: "a@example.com",
            key_id: "k",
            private_key: &pair.serialize_pem(),
            audience: "https://h/token",
            scope: "s",
        };
        let now = "2026-01-01T00:00:00Z".parse().expect("a time");
        let text = statement(&account, now).expect("a statement");
        let (signed, signature) = text.rsplit_once('.').expect("three parts");
        let (_, claims) = signed.split_once('.').expect("three parts");
        let claims = URL_SAFE_NO_PAD.decode(claims).expect("base64");
        let claims: serde_json::Value = serde_json::from_slice(&claims).expect("JSON");
        assert_eq!(claims["aud"], "https://h/token");
        assert_eq!(claims["iat"], 1_767_225_590);
        let signature = URL_SAFE_NO_PAD.decode(signature).expect("base64");
        let known = rustls::crypto::aws_lc_rs::default_provider().signature_verification_algorithms;
        let fits = known.all.iter().any(|algorithm| {
            let verified =
                algorithm.verify_signature(pair.public_key_raw(), signed.as_bytes(), &signature);
            verified.is_ok()
        });
        assert!(fits);
        let broken = Account {
            private_key: "no key",
            ..account
        };
        assert!(statement(&broken, now).is_err());
    }
}
