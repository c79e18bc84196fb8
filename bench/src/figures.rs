//! Figures from several rounds, and how they stand to each other.

use std::{fmt, time::Duration};

/// What the rounds of one measurement came to.
pub(crate) struct Rounds(Vec<f64>);

impl Rounds {
    /// The middle one, or the mean of the two in the middle.
    pub(crate) fn median(&self) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort_by(f64::total_cmp);
        match sorted.len() {
            0 => f64::NAN,
            count if count % 2 == 1 => sorted[count / 2],
            count => (sorted[count / 2 - 1] + sorted[count / 2]) / 2.0,
        }
    }

    /// The least: on a machine that does other work too, what was disturbed least.
    pub(crate) fn least(&self) -> f64 {
        self.0.iter().copied().fold(f64::NAN, f64::min)
    }

    pub(crate) fn push(&mut self, value: f64) {
        self.0.push(value);
    }

    /// Nothing yet.
    pub(crate) fn new() -> Self {
        Self(Vec::new())
    }
}

/// A row of the report.
pub(crate) struct Row {
    pub(crate) what: String,
    pub(crate) goal: String,
    pub(crate) figure: String,
}

/// Collects rows, and says each as soon as it is there.
#[derive(Default)]
pub(crate) struct Report(Vec<Row>);

impl Report {
    pub(crate) fn row(
        &mut self,
        what: impl Into<String>,
        goal: impl Into<String>,
        figure: impl Into<String>,
    ) {
        let row = Row { what: what.into(), goal: goal.into(), figure: figure.into() };
        eprintln!("{}: {}", row.what, row.figure);
        self.0.push(row);
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "| what | goal | figure |\n|---|---|---|")?;
        self.0.iter().try_for_each(|Row { what, goal, figure }| {
            writeln!(f, "| {what} | {goal} | {figure} |")
        })
    }
}

pub(crate) fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

#[cfg(test)]
mod tests {
    use super::Rounds;

    #[test]
    fn the_median_is_in_the_middle_whatever_the_order() {
        for (rounds, median, least) in
            [(vec![3.0, 1.0, 2.0], 2.0, 1.0), (vec![4.0, 1.0, 3.0, 2.0], 2.5, 1.0)]
        {
            let rounds = Rounds(rounds);
            assert_eq!((rounds.median(), rounds.least()), (median, least));
        }
        assert!(Rounds::new().median().is_nan());
    }
}
