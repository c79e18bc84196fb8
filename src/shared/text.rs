//! Parts of sentences.

use std::fmt::Display;

/// A number with its noun, for example `1 snapshot` or `2 snapshots`.
pub(crate) fn counted<N: Display + PartialEq + From<u8>>(count: N, noun: &str) -> String {
    let plural = if count == N::from(1) { "" } else { "s" };
    format!("{count} {noun}{plural}")
}

#[cfg(test)]
mod tests {
    use super::counted;

    #[test]
    fn only_one_object_has_the_singular() {
        let counts = [0_u64, 1, 2].map(|count| counted(count, "snapshot"));
        assert_eq!(counts, ["0 snapshots", "1 snapshot", "2 snapshots"]);
    }
}
