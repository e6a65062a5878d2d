//! Lognormal: a product of many factors; ln X ~ N(mu, sigma^2).
//!
//! Mean exp(mu + sigma^2/2), coefficient of variation sqrt(exp(sigma^2) - 1). From a mean and cv:
//! sigma^2 = ln(1 + cv^2), mu = ln(mean) - sigma^2/2. From quantiles x_p, x_q: sigma =
//! ln(x_q/x_p)/(z_q - z_p), mu = ln(x_p) - sigma z_p.

use super::Family;
use super::fault::{Fault, finite, positive, spread};
use crate::special::normal;

#[derive(Debug)]
pub(super) struct Lognormal {
    mu: f64,
    sigma: f64,
}

impl Lognormal {
    pub(super) fn new(mu: f64, sigma: f64) -> Result<Self, Fault> {
        finite("mu", mu)?;
        if sigma == 0.0 {
            return spread("sigma", sigma, Some(libm::exp(mu))).map(|()| Self { mu, sigma });
        }
        spread("sigma", sigma, None)?;
        Ok(Self { mu, sigma })
    }

    pub(super) fn from_mean_cv(mean: f64, cv: f64) -> Result<Self, Fault> {
        positive("mean", mean)?;
        spread("cv", cv, Some(mean))?;
        // Beyond 1e150 the square would overflow: ln(1 + cv^2) = 2 ln cv there.
        let variance = if cv < 1e8 {
            libm::log1p(cv * cv)
        } else {
            2.0 * libm::log(cv)
        };
        let sigma = variance.sqrt();
        if sigma == 0.0 {
            return spread("cv", 0.0, Some(mean)).map(|()| Self { mu: 0.0, sigma });
        }
        Ok(Self {
            mu: libm::log(mean) - 0.5 * variance,
            sigma,
        })
    }

    pub(super) fn from_quantiles(low: (f64, f64), high: (f64, f64)) -> Result<Self, Fault> {
        let (low_name, high_name) = (percentile(low.0), percentile(high.0));
        for (name, (probability, value)) in [(&low_name, low), (&high_name, high)] {
            if !(probability > 0.0 && probability < 1.0) {
                return Err(Fault::new(
                    name.clone(),
                    format!("{probability} is not a probability strictly between 0 and 1"),
                    "write percentiles such as `p10` and `p90`",
                ));
            }
            positive(name, value)?;
        }
        if low.0 >= high.0 || low.1 >= high.1 {
            let remedy = if low.1 == high.1 {
                format!("write the number itself: `{}`", low.1)
            } else {
                format!(
                    "write the smaller value first: `{low_name} = {}, {high_name} = {}`",
                    low.1.min(high.1),
                    low.1.max(high.1)
                )
            };
            return Err(Fault::new(
                low_name.clone(),
                format!(
                    "{low_name} = {} is not below {high_name} = {}",
                    low.1, high.1
                ),
                remedy,
            ));
        }
        let (z_low, z_high) = (normal::quantile(low.0), normal::quantile(high.0));
        let (ln_low, ln_high) = (libm::log(low.1), libm::log(high.1));
        let sigma = (ln_high - ln_low) / (z_high - z_low);
        Self::new(ln_low - sigma * z_low, sigma)
    }
}

/// `p10` for 0.1.
pub(super) fn percentile(probability: f64) -> String {
    let percent = (probability * 1e8).round() / 1e6;
    format!("p{percent}")
}

impl Family for Lognormal {
    fn inverse(&self, below: f64, above: f64) -> f64 {
        libm::exp(self.mu + self.sigma * normal::inverse(below, above))
    }

    fn both(&self, x: f64) -> (f64, f64) {
        if x <= 0.0 {
            return (0.0, 1.0);
        }
        let z = (libm::log(x) - self.mu) / self.sigma;
        (normal::cdf(z), normal::survival(z))
    }

    fn mean(&self) -> f64 {
        libm::exp(self.mu + 0.5 * self.sigma * self.sigma)
    }

    fn support(&self) -> (f64, f64) {
        (0.0, f64::INFINITY)
    }
}
