//! Statistics of several rounds of a measurement, and the report.

use std::{fmt, time::Duration};

/// The results of all rounds of one measurement.
pub(crate) struct Rounds(Vec<f64>);

impl Rounds {
    /// The median: the middle value, or the mean of the two middle values.
    pub(crate) fn median(&self) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort_by(f64::total_cmp);
        match sorted.len() {
            0 => f64::NAN,
            count if count % 2 == 1 => sorted[count / 2],
            count => (sorted[count / 2 - 1] + sorted[count / 2]) / 2.0,
        }
    }

    /// The smallest value. Other work on the machine can only increase a value, so it has affected
    /// the smallest value least.
    pub(crate) fn smallest(&self) -> f64 {
        self.0.iter().copied().fold(f64::NAN, f64::min)
    }

    pub(crate) fn push(&mut self, value: f64) {
        self.0.push(value);
    }

    /// An empty list of results.
    pub(crate) fn new() -> Self {
        Self(Vec::new())
    }
}

/// A row of the report.
pub(crate) struct Row {
    pub(crate) name: String,
    pub(crate) goal: String,
    pub(crate) figure: String,
}

/// The rows of the report. Each row is printed as soon as it is added.
#[derive(Default)]
pub(crate) struct Report(Vec<Row>);

impl Report {
    pub(crate) fn row(
        &mut self,
        name: impl Into<String>,
        goal: impl Into<String>,
        figure: impl Into<String>,
    ) {
        let row = Row { name: name.into(), goal: goal.into(), figure: figure.into() };
        eprintln!("{}: {}", row.name, row.figure);
        self.0.push(row);
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "| quantity | goal | figure |\n|---|---|---|")?;
        self.0.iter().try_for_each(|Row { name, goal, figure }| {
            writeln!(f, "| {name} | {goal} | {figure} |")
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
    fn the_median_does_not_depend_on_the_order() {
        for (rounds, median, smallest) in
            [(vec![3.0, 1.0, 2.0], 2.0, 1.0), (vec![4.0, 1.0, 3.0, 2.0], 2.5, 1.0)]
        {
            let rounds = Rounds(rounds);
            assert_eq!((rounds.median(), rounds.smallest()), (median, smallest));
        }
        assert!(Rounds::new().median().is_nan());
    }
}
