//! Pseudorandom numbers for secrets, keys and the order of lists. The key of the generator usually
//! comes from the system's random number generator. If a run has to be repeatable, the key comes
//! from a fixed seed.

use ring::{
    hmac,
    rand::{SecureRandom, SystemRandom},
};

/// Generator that computes each block of bytes as the HMAC of a counter.
pub(crate) struct Random {
    key: hmac::Key,
    counter: u64,
}

impl Random {
    /// A new generator. With a seed, the generator returns the same values in every run.
    pub(crate) fn new(seed: Option<u64>) -> Self {
        let mut key = [0; 32];
        match seed {
            Some(seed) => key[..8].copy_from_slice(&seed.to_be_bytes()),
            None => SystemRandom::new().fill(&mut key).expect("the system has random numbers"),
        }
        Self { key: hmac::Key::new(hmac::HMAC_SHA256, &key), counter: 0 }
    }

    /// 32 new pseudorandom bytes.
    pub(crate) fn bytes(&mut self) -> [u8; 32] {
        self.counter += 1;
        let tag = hmac::sign(&self.key, &self.counter.to_be_bytes());
        tag.as_ref().try_into().expect("an HMAC with SHA-256 has 32 bytes")
    }

    /// Puts the items into a random order. The fast xorshift64 generator is sufficient, because it
    /// does no harm if somebody can predict the order.
    pub(crate) fn shuffle<T>(&mut self, items: &mut [T]) {
        // The seed of xorshift64 must not be 0.
        let mut state = u64::from_be_bytes(self.bytes()[..8].try_into().expect("8 bytes")) | 1;
        for n in (1..items.len()).rev() {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            items.swap(n, (state % (n as u64 + 1)) as usize);
        }
    }

    /// A random version 4 UUID, which is the format of PBS's token secrets.
    pub(crate) fn uuid(&mut self) -> String {
        let mut bytes = self.bytes();
        bytes[6] = bytes[6] & 0x0f | 0x40; // version 4
        bytes[8] = bytes[8] & 0x3f | 0x80; // variant of RFC 9562
        let hex: String = bytes[..16].iter().map(|byte| format!("{byte:02x}")).collect();
        format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shuffle_changes_the_order_and_keeps_every_item() {
        let sorted: Vec<u32> = (0..100).collect();
        let mut items = sorted.clone();
        Random::new(Some(7)).shuffle(&mut items);
        assert_ne!(items, sorted);
        items.sort_unstable();
        assert_eq!(items, sorted);
    }

    #[test]
    fn values_repeat_only_for_the_same_seed() {
        assert_eq!(Random::new(Some(7)).uuid(), Random::new(Some(7)).uuid());
        assert_ne!(Random::new(Some(7)).uuid(), Random::new(Some(8)).uuid());
        assert_ne!(Random::new(None).uuid(), Random::new(None).uuid());
    }

    #[test]
    fn uuid_returns_a_new_version_4_uuid_at_every_call() {
        let mut random = Random::new(Some(7));
        let (first, second) = (random.uuid(), random.uuid());
        assert_ne!(first, second);
        assert_eq!(first.len(), 36);
        assert_eq!(first.as_bytes()[14], b'4');
    }
}
