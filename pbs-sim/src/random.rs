//! Randomness for secrets and keys: from the system, or the same again from a seed.

use ring::{
    hmac,
    rand::{SecureRandom, SystemRandom},
};

pub(crate) struct Random {
    key: hmac::Key,
    drawn: u64,
}

impl Random {
    pub(crate) fn new(seed: Option<u64>) -> Self {
        let mut start = [0; 32];
        match seed {
            Some(seed) => start[..8].copy_from_slice(&seed.to_be_bytes()),
            None => SystemRandom::new().fill(&mut start).expect("the system has random numbers"),
        }
        Self { key: hmac::Key::new(hmac::HMAC_SHA256, &start), drawn: 0 }
    }

    pub(crate) fn bytes(&mut self) -> [u8; 32] {
        self.drawn += 1;
        let tag = hmac::sign(&self.key, &self.drawn.to_be_bytes());
        tag.as_ref().try_into().expect("SHA-256 has 32 bytes")
    }

    /// Any order of the items is as likely as any other.
    pub(crate) fn shuffle<T>(&mut self, items: &mut [T]) {
        let mut state = u64::from_be_bytes(self.bytes()[..8].try_into().expect("8 bytes")) | 1;
        for n in (1..items.len()).rev() {
            // xorshift64: the order of a list is no secret.
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            items.swap(n, (state % (n as u64 + 1)) as usize);
        }
    }

    /// A version 4 UUID, the form of every token secret.
    pub(crate) fn uuid(&mut self) -> String {
        let mut bytes = self.bytes();
        bytes[6] = bytes[6] & 0x0f | 0x40;
        bytes[8] = bytes[8] & 0x3f | 0x80;
        let hex: String = bytes[..16].iter().map(|byte| format!("{byte:02x}")).collect();
        format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shuffling_loses_nothing_and_moves_something() {
        let sorted: Vec<u32> = (0..100).collect();
        let mut items = sorted.clone();
        Random::new(Some(7)).shuffle(&mut items);
        assert_ne!(items, sorted);
        items.sort_unstable();
        assert_eq!(items, sorted);
    }

    #[test]
    fn a_seed_repeats_itself_and_nothing_else_does() {
        assert_eq!(Random::new(Some(7)).uuid(), Random::new(Some(7)).uuid());
        assert_ne!(Random::new(Some(7)).uuid(), Random::new(Some(8)).uuid());
        assert_ne!(Random::new(None).uuid(), Random::new(None).uuid());
        let mut random = Random::new(Some(7));
        let (first, second) = (random.uuid(), random.uuid());
        assert_ne!(first, second);
        assert_eq!(first.len(), 36);
        assert_eq!(first.as_bytes()[14], b'4');
    }
}
