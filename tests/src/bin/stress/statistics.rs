//! Medians, and the slope of a series.

/// Returns the median, or NaN if there are no values.
pub(crate) fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    match sorted.len() {
        0 => f64::NAN,
        len if len.is_multiple_of(2) => f64::midpoint(sorted[middle - 1], sorted[middle]),
        _ => sorted[middle],
    }
}

/// Returns the largest value, or NaN if there are no values.
pub(crate) fn largest(values: &[f64]) -> f64 {
    values.iter().copied().fold(f64::NAN, f64::max)
}

/// Returns the value that this share of the values does not exceed.
pub(crate) fn quantile(values: &[f64], share: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let last = sorted.len().saturating_sub(1) as f64;
    sorted
        .get((last * share).ceil() as usize)
        .copied()
        .unwrap_or(f64::NAN)
}

/// Returns the slope of the least squares line through evenly spaced values, and half the width of its
/// 95 % interval.
///
/// Neighbouring values are alike, so each counts as less than one observation. The interval is widened
/// by the first autocorrelation of the residuals.
pub(crate) fn slope(values: &[f64]) -> (f64, f64) {
    let count = values.len() as f64;
    let middle = (count - 1.0) / 2.0;
    let mean = values.iter().sum::<f64>() / count;
    let spread: f64 = (0..values.len())
        .map(|at| (at as f64 - middle).powi(2))
        .sum();
    let rise: f64 = values
        .iter()
        .enumerate()
        .map(|(at, value)| (at as f64 - middle) * (value - mean))
        .sum();
    let slope = rise / spread;
    let rest: Vec<f64> = values
        .iter()
        .enumerate()
        .map(|(at, value)| value - mean - slope * (at as f64 - middle))
        .collect();
    let squares: f64 = rest.iter().map(|rest| rest * rest).sum();
    let neighbours: f64 = rest.windows(2).map(|pair| pair[0] * pair[1]).sum();
    let alike = if squares > 0.0 {
        (neighbours / squares).clamp(0.0, 0.98)
    } else {
        0.0
    };
    let variance = squares / (count - 2.0) / spread * (1.0 + alike) / (1.0 - alike);
    (slope, 1.96 * variance.sqrt())
}

#[cfg(test)]
mod tests {
    use super::{median, quantile, slope};

    #[test]
    fn medians_are_in_the_middle() {
        assert!((median(&[3.0, 1.0, 2.0]) - 2.0).abs() < 1e-9);
        assert!((median(&[4.0, 1.0, 2.0, 3.0]) - 2.5).abs() < 1e-9);
        assert!(median(&[]).is_nan());
    }

    #[test]
    fn quantiles_are_values() {
        let values: Vec<f64> = (0..101).map(f64::from).collect();
        assert!((quantile(&values, 0.99) - 99.0).abs() < 1e-9);
        assert!((quantile(&values, 1.0) - 100.0).abs() < 1e-9);
    }

    #[test]
    fn slopes_are_found_within_their_interval() {
        let line: Vec<f64> = (0..100).map(|at| 5.0 + 0.25 * f64::from(at)).collect();
        let (found, within) = slope(&line);
        assert!((found - 0.25).abs() < 1e-9 && within < 1e-6);
        let flat: Vec<f64> = (0..100).map(|at| f64::from(at * 7919 % 13)).collect();
        let (found, within) = slope(&flat);
        assert!(found.abs() < within);
    }
}
