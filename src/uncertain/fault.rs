//! Why parameters do not make a distribution, and the checks that families share.

/// Why parameters do not make a distribution: what is wrong, and what to write instead.
#[derive(Clone, Debug, PartialEq)]
pub struct Fault {
    /// Name of the parameter at fault, as in the scenario file (`mode`, `p10`), or empty when it
    /// is the set as a whole.
    pub parameter: String,
    /// What is wrong, with the value.
    pub message: String,
    /// What to write instead.
    pub remedy: String,
}

impl Fault {
    pub(super) fn new(
        parameter: impl Into<String>,
        message: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self {
            parameter: parameter.into(),
            message: message.into(),
            remedy: remedy.into(),
        }
    }
}

/// Refuses what is not a number, or infinite.
pub(super) fn finite(parameter: &str, value: f64) -> Result<(), Fault> {
    if value.is_finite() {
        return Ok(());
    }
    Err(Fault::new(
        parameter,
        format!("{parameter} is {value}, which is not a finite number"),
        format!("write a finite number, as in `{parameter} = 20`"),
    ))
}

/// Refuses what is not above 0.
pub(super) fn positive(parameter: &str, value: f64) -> Result<(), Fault> {
    finite(parameter, value)?;
    if value > 0.0 {
        return Ok(());
    }
    Err(Fault::new(
        parameter,
        format!("{parameter} is {value}, but must be above 0"),
        format!(
            "write a number above 0, as in `{parameter} = {}`",
            if value == 0.0 { 1.0 } else { -value }
        ),
    ))
}

/// Refuses a spread of 0, which is no uncertainty, and a negative one.
pub(super) fn spread(parameter: &str, value: f64, centre: Option<f64>) -> Result<(), Fault> {
    if value == 0.0 {
        let remedy = match centre {
            Some(centre) => format!("write the number itself: `{centre}`"),
            None => format!("write the number itself, or a {parameter} above 0"),
        };
        let message = format!("{parameter} is 0, so that nothing is uncertain");
        return Err(Fault::new(parameter, message, remedy));
    }
    positive(parameter, value)
}

/// Refuses a minimum that is not below the maximum.
pub(super) fn ordered(min: f64, max: f64) -> Result<(), Fault> {
    finite("min", min)?;
    finite("max", max)?;
    if min < max {
        if (max - min).is_finite() {
            return Ok(());
        }
        return Err(Fault::new(
            "max",
            format!("min {min} and max {max} are too far apart"),
            "write bounds nearer together",
        ));
    }
    if min == max {
        return Err(Fault::new(
            "max",
            format!("min and max are both {min}, so that nothing is uncertain"),
            format!("write the number itself: `{min}`"),
        ));
    }
    Err(Fault::new(
        "max",
        format!("min {min} is above max {max}"),
        format!("write `min = {max}, max = {min}`"),
    ))
}

/// Refuses a mode outside `min..=max`.
pub(super) fn mode_within(min: f64, mode: f64, max: f64) -> Result<(), Fault> {
    finite("mode", mode)?;
    ordered(min, max)?;
    if (min..=max).contains(&mode) {
        return Ok(());
    }
    let nearest = mode.clamp(min, max);
    Err(Fault::new(
        "mode",
        format!("mode {mode} lies outside {min}..{max}"),
        format!("write a mode from {min} to {max}, as in `mode = {nearest}`"),
    ))
}
