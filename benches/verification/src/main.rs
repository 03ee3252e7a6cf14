//! The time of one verification of an interaction, with each Ed25519 library that could be used.
//!
//! ```text
//! cd benches/verification && cargo run --release               # as the bot is built, with AVX-512 where there is any
//! RUSTFLAGS=-Copt-level=3 cargo run --release                   # as built elsewhere: that leaves out .cargo/config.toml
//! ```
//!
//! Each takes turns with the others, 200 times 50 verifications of 1500 bytes; printed is the median, in microseconds.

use std::hint::black_box;
use std::time::Instant;

use ed25519_dalek::{Signature, Signer, SigningKey, Verifier, VerifyingKey};
use whichrole::discord::endpoint::PublicKey;

const TURNS: usize = 200;
const EACH: u32 = 50;

/// A name, and whether the signature holds.
type Candidate<'a> = (&'a str, Box<dyn Fn() -> bool + 'a>);

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn main() {
    let signing = SigningKey::from_bytes(&[7; 32]);
    let message = [b'x'; 1500];
    let signature = signing.sign(&message).to_bytes();
    let key = signing.verifying_key().to_bytes();

    let written = hex(&signature);
    let ours = PublicKey::parse(&hex(&key)).expect("a key");
    let dalek = VerifyingKey::from_bytes(&key).expect("a key");
    let zebra = ed25519_zebra::VerificationKey::try_from(key).expect("a key");
    let compact = ed25519_compact::PublicKey::new(key);
    let graviola = graviola::signing::eddsa::Ed25519VerifyingKey::from_bytes(&key).expect("a key");
    let aws = aws_lc_rs::signature::ParsedPublicKey::new(&aws_lc_rs::signature::ED25519, key).expect("a key");
    let ring = ring::signature::UnparsedPublicKey::new(&ring::signature::ED25519, key);
    let parsed = || Signature::from_bytes(&signature);

    let candidates: [Candidate<'_>; 8] = [
        ("whichrole: verify", Box::new(|| ours.verify(&[&message], written.as_bytes()))),
        ("ed25519-dalek, verify", Box::new(|| dalek.verify(&message, &parsed()).is_ok())),
        ("ed25519-dalek, verify_strict", Box::new(|| dalek.verify_strict(&message, &parsed()).is_ok())),
        ("ed25519-zebra", Box::new(|| zebra.verify(&signature.into(), &message).is_ok())),
        ("graviola", Box::new(|| graviola.verify(&signature, &message).is_ok())),
        ("aws-lc-rs, parsed key", Box::new(|| aws.verify_sig(&message, &signature).is_ok())),
        ("ring", Box::new(|| ring.verify(&message, &signature).is_ok())),
        ("ed25519-compact", Box::new(|| compact.verify(message, &ed25519_compact::Signature::new(signature)).is_ok())),
    ];
    let mut times = candidates.each_ref().map(|_| Vec::with_capacity(TURNS));
    for _ in 0..TURNS {
        for ((name, verify), times) in candidates.iter().zip(&mut times) {
            let start = Instant::now();
            for _ in 0..EACH {
                assert!(black_box(verify()), "{name} refuses a good signature");
            }
            times.push(start.elapsed() / EACH);
        }
    }
    for ((name, _), mut times) in candidates.iter().zip(times) {
        times.sort_unstable();
        println!("{name:34} {:6.1} µs", times[TURNS / 2].as_secs_f64() * 1e6);
    }
}
