//! The beta distribution: the regularised incomplete beta function and its inverse.
//!
//! I_x(a, b) = (1/B(a, b)) int_0^x t^(a-1) (1-t)^(b-1) dt and its complement, for shapes from
//! 1e-3 to 1e9 (and gracefully beyond). Methods: the continued fraction (DLMF 8.17.22, by Lentz),
//! and where both shapes are large Gauss-Legendre quadrature of the tail in the logit. The
//! argument travels with its complement, so that 1 - x is never rounded away.

use super::gamma::stirling_error;
use super::{Bracket, exp_m1_minus, ln_1p_minus};

/// x^a (1-x)^b / B(a, b), which is the density in ln(x / (1-x)); `complement` is 1 - x.
///
/// By the deviance from the mean (C. Loader, "Fast and accurate computation of binomial
/// probabilities", 2000): nothing large cancels.
pub fn kernel(a: f64, b: f64, x: f64, complement: f64) -> f64 {
    if x <= 0.0 || complement <= 0.0 {
        return 0.0;
    }
    let total = a + b;
    let excess = b * x - a * complement;
    let (up, down) = (excess / a, -excess / b);
    let exponent = if up.abs() < 0.5 && down.abs() < 0.5 {
        a * ln_1p_minus(up) + b * ln_1p_minus(down)
    } else {
        a * ln_ratio(up, x * (total / a)) + b * ln_ratio(down, complement * (total / b))
    };
    let stirling = stirling_error(total) - stirling_error(a) - stirling_error(b);
    libm::exp(exponent + stirling) * (a / total * b / std::f64::consts::TAU).sqrt()
}

fn ln_ratio(relative: f64, ratio: f64) -> f64 {
    if relative.abs() < 0.5 {
        libm::log1p(relative)
    } else {
        libm::log(ratio)
    }
}

/// I_x(a, b): probability that a beta variable is below `x`.
pub fn below(a: f64, b: f64, x: f64) -> f64 {
    both(a, b, x, 1.0 - x).0
}

/// 1 - I_x(a, b): probability that a beta variable is above `x`.
pub fn above(a: f64, b: f64, x: f64) -> f64 {
    both(a, b, x, 1.0 - x).1
}

/// I_x(a, b) and 1 - I_x(a, b) for a, b > 0; `complement` is 1 - x, so that either end is exact.
pub fn both(a: f64, b: f64, x: f64, complement: f64) -> (f64, f64) {
    if x <= 0.0 {
        return (0.0, 1.0);
    }
    if complement <= 0.0 {
        return (1.0, 0.0);
    }
    if x * (a + b + 2.0) < a + 1.0 {
        let below = lower_tail(a, b, x, complement);
        (below, 1.0 - below)
    } else {
        let above = lower_tail(b, a, complement, x);
        (1.0 - above, above)
    }
}

/// I_x(a, b) for x not far above the mean.
fn lower_tail(a: f64, b: f64, x: f64, complement: f64) -> f64 {
    let kernel = kernel(a, b, x, complement);
    let value = if a.min(b) > 600.0 {
        kernel * quadrature(a, b, x, complement)
    } else {
        kernel * fraction(a, b, x, complement)
    };
    value.min(1.0)
}

/// The even part of the continued fraction DLMF 8.17.22 of I_x over its kernel, whose elements do
/// not cancel for x near 1 (A. R. Didonato & A. H. Morris, "Algorithm 708", ACM TOMS 18 (1992)
/// 360-373, eq. 9).
fn fraction(a: f64, b: f64, x: f64, complement: f64) -> f64 {
    const TINY: f64 = 1e-300;
    let keep = |v: f64| if v.abs() < TINY { TINY } else { v };
    let slope = a * complement - b * x;
    let mut value = keep(a * (slope + 1.0) / (a + 1.0));
    let mut c = value;
    let mut d = 0.0;
    let mut n = 0.0;
    for _ in 0..4_000 {
        n += 1.0;
        let odd = a + 2.0 * n - 1.0;
        let step = n * (b - n) * x / odd;
        let numerator = step * ((a + n - 1.0) / odd * (a + b + n - 1.0)) * x;
        let denominator = n + step + (a + n) / (odd + 2.0) * (slope + 1.0 + n * (1.0 + complement));
        d = 1.0 / keep(denominator + numerator * d);
        c = keep(denominator + numerator / c);
        let factor = c * d;
        value *= factor;
        if (factor - 1.0).abs() < 3e-16 {
            break;
        }
    }
    1.0 / value
}

/// int_0^inf f(y - s) / f(y) ds with f the density in the logit y, for large shapes and x not far
/// above the mean.
///
/// ln f(y-s)/f(y) = -slope s - (a+b) (ln(1+w) - w + x (e^-s - 1 + s)), w = x (e^-s - 1),
/// slope = a - (a+b) x, and likewise with 1-x and -s for x and s: concave,
/// so that the integrand is below e^-40 beyond the length taken.
fn quadrature(a: f64, b: f64, x: f64, complement: f64) -> f64 {
    let total = a + b;
    let slope = a * complement - b * x;
    let curvature = total * x * complement;
    let length = 80.0 / (slope + (slope * slope + 80.0 * curvature).sqrt());
    // About the nearer end of 0..1, so that no two terms cancel.
    let (nearer, sign) = if x < 0.5 {
        (x, -1.0)
    } else {
        (complement, 1.0)
    };
    let integrand = |s: f64| {
        let w = nearer * libm::expm1(sign * s);
        let bend = ln_1p_minus(w) + nearer * exp_m1_minus(sign * s);
        libm::exp(-slope * s - total * bend)
    };
    let half = 0.5 * length;
    let mut sum = 0.0;
    for &(node, weight) in &GAUSS_LEGENDRE {
        sum += weight * (integrand(half * (1.0 - node)) + integrand(half * (1.0 + node)));
    }
    half * sum
}

/// The value below which a beta variable lies with probability `u`.
pub fn quantile(a: f64, b: f64, u: f64) -> f64 {
    inverse(a, b, u, 1.0 - u).0
}

/// The value x with probability `below` below and `above` = 1 - `below` above it, and 1 - x.
///
/// Newton's method on the logarithm of the smaller tail as a function of the logit: both are
/// concave, so the steps converge from any side.
pub fn inverse(a: f64, b: f64, below: f64, above: f64) -> (f64, f64) {
    if below <= 0.0 {
        return (0.0, 1.0);
    }
    if above <= 0.0 {
        return (1.0, 0.0);
    }
    if below > above {
        let (complement, x) = lower_inverse(b, a, above, below);
        return (x, complement);
    }
    lower_inverse(a, b, below, above)
}

/// The inverse for below <= above.
fn lower_inverse(a: f64, b: f64, below: f64, above: f64) -> (f64, f64) {
    let mut y = start(a, b, below, above);
    if y < -600.0 {
        // I = x^a / (a B(a, b)) to the last digit there.
        return (libm::exp(y), 1.0);
    }
    let spread = 1.0 + (a / (a + b) * b).sqrt();
    let tolerance = 1e-8 + 1e-15 * spread;
    let mut bracket = Bracket::new();
    for _ in 0..100 {
        let (x, complement) = logistic(y);
        let (p, _) = both(a, b, x, complement);
        let rise = libm::log(p / below);
        let step = bracket.step(y, rise, -rise * p / kernel(a, b, x, complement));
        y += step;
        if step.abs() * spread < tolerance {
            break;
        }
    }
    logistic(y)
}

/// 1 / (1 + e^-y) and its complement.
pub(crate) fn logistic(y: f64) -> (f64, f64) {
    let small = libm::exp(-y.abs());
    let (near, far) = (1.0 / (1.0 + small), small / (1.0 + small));
    if y < 0.0 { (far, near) } else { (near, far) }
}

/// Logit of a first guess: the normal approximation of Abramowitz & Stegun 26.5.22, or the
/// leading term at the nearer end.
fn start(a: f64, b: f64, below: f64, above: f64) -> f64 {
    if a >= 1.0 && b >= 1.0 {
        let z = -super::normal::inverse(below, above);
        let lambda = (z * z - 3.0) / 6.0;
        let (left, right) = (1.0 / (2.0 * a - 1.0), 1.0 / (2.0 * b - 1.0));
        let harmonic = 2.0 / (left + right);
        let root = (harmonic + lambda).max(0.0).sqrt();
        let w =
            z * root / harmonic - (right - left) * (lambda + 5.0 / 6.0 - 2.0 / (3.0 * harmonic));
        let leading = leading(a, b, below);
        let centre = libm::log(a / b) - 2.0 * w;
        // In the far tail of small shapes the leading term is the better guess.
        return if leading < -3.0 - libm::log1p(b / a) {
            leading
        } else {
            centre
        };
    }
    let left = libm::exp(a * libm::log(a / (a + b))) / a;
    let right = libm::exp(b * libm::log(b / (a + b))) / b;
    let total = left + right;
    if below < left / total {
        let ln_x = (libm::log(a * total) + libm::log(below)) / a;
        let exact = leading(a, b, below);
        if exact < -3.0 - libm::log1p(b / a) {
            exact
        } else {
            ln_x.min(-1e-3)
        }
    } else {
        let ln_complement = ((libm::log(b * total) + libm::log(above)) / b).min(-1e-3);
        -ln_complement
    }
}

/// ln of x where x^a / (a B(a, b)) is `below`.
fn leading(a: f64, b: f64, below: f64) -> f64 {
    let ln_a_beta = super::gamma::ln_gamma_1p(a) + libm::lgamma(b) - libm::lgamma(a + b);
    (libm::log(below) + ln_a_beta) / a
}

/// Positive nodes and weights of the 40-point rule on -1..1.
const GAUSS_LEGENDRE: [(f64, f64); 20] = [
    (0.9982377097105593, 0.004521277098533191),
    (0.990726238699457, 0.010498284531152813),
    (0.9772599499837743, 0.01642105838190789),
    (0.9579168192137917, 0.02224584919416696),
    (0.9328128082786765, 0.0279370069800234),
    (0.9020988069688743, 0.033460195282547844),
    (0.8659595032122595, 0.038782167974472016),
    (0.8246122308333117, 0.04387090818567327),
    (0.7783056514265194, 0.04869580763507223),
    (0.7273182551899271, 0.05322784698393682),
    (0.6719566846141796, 0.05743976909939155),
    (0.6125538896679802, 0.06130624249292894),
    (0.5494671250951282, 0.06480401345660104),
    (0.4830758016861787, 0.0679120458152339),
    (0.413779204371605, 0.07061164739128678),
    (0.3419940908257585, 0.07288658239580406),
    (0.2681521850072537, 0.07472316905796826),
    (0.1926975807013711, 0.07611036190062624),
    (0.11608407067525521, 0.07703981816424797),
    (0.03877241750605082, 0.0775059479784248),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn error(got: f64, expected: f64) -> f64 {
        (got - expected).abs() / expected
    }

    /// (a, b, x, below, above) by quadrature in mpmath at 40 digits.
    const REFERENCE: &[(f64, f64, f64, f64, f64)] = &[
        (
            0.01,
            0.5,
            1.96078431372549e-14,
            0.71940608844123631,
            0.28059391155876369,
        ),
        (
            0.01,
            0.5,
            1.9607843137254902e-08,
            0.82598870585088963,
            0.17401129414911037,
        ),
        (
            0.01,
            0.5,
            0.000196078431372549,
            0.90567948533199791,
            0.094320514668002093,
        ),
        (
            0.01,
            0.5,
            0.0196078431372549,
            0.94845466771444386,
            0.051545332285556136,
        ),
        (
            0.01,
            0.5,
            0.07602307231847412,
            0.96167332845315715,
            0.038326671546842846,
        ),
        (
            0.01,
            0.5,
            0.24526875986213176,
            0.97393475021943503,
            0.026065249780564967,
        ),
        (
            0.01,
            0.5,
            0.6965905933118854,
            0.98779234699531893,
            0.012207653004681073,
        ),
        (0.5, 0.5, 5e-13, 4.5015815807859054e-7, 0.99999954984184192),
        (0.5, 0.5, 5e-07, 0.0004501581955917413, 0.99954984180440826),
        (0.5, 0.5, 0.14644660940672624, 0.25, 0.75),
        (0.5, 0.5, 0.5, 0.5, 0.5),
        (
            0.5,
            0.5,
            0.6767766952966369,
            0.61502672808130793,
            0.38497327191869207,
        ),
        (0.5, 0.5, 0.99995, 0.99549838090519081, 0.004501619094809194),
        (
            0.5,
            0.5,
            0.9999999999995,
            0.9999995498218327,
            4.5017816729509206e-7,
        ),
        (
            0.3,
            40.0,
            7.444168734491315e-15,
            0.00019408889384323551,
            0.99980591110615676,
        ),
        (
            0.3,
            40.0,
            7.444168734491315e-09,
            0.012246180484779725,
            0.98775381951522028,
        ),
        (
            0.3,
            40.0,
            7.444168734491315e-05,
            0.19395896298883224,
            0.80604103701116776,
        ),
        (
            0.3,
            40.0,
            0.007444168734491315,
            0.72480079469881889,
            0.27519920530118111,
        ),
        (
            0.3,
            40.0,
            0.014131926824527605,
            0.83348441363540465,
            0.16651558636459535,
        ),
        (
            0.3,
            40.0,
            0.03419520109463648,
            0.95049176706138141,
            0.049508232938618591,
        ),
        (
            0.3,
            40.0,
            0.08769726581492682,
            0.99693512332005266,
            0.0030648766799473377,
        ),
        (2.0, 3.0, 4e-13, 9.5999999999948806e-25, 1.0),
        (2.0, 3.0, 4e-07, 9.5999948800007671e-13, 0.99999999999904),
        (2.0, 3.0, 0.2, 0.18080000000000002, 0.81919999999999998),
        (2.0, 3.0, 0.4, 0.52480000000000004, 0.47519999999999996),
        (2.0, 3.0, 0.5, 0.6875, 0.3125),
        (2.0, 3.0, 0.8, 0.97280000000000002, 0.027199999999999983),
        (2.0, 3.0, 0.9999999999994, 1.0, 8.6384674629384797e-37),
        (2.8, 3.2, 4.666666666666666e-13, 3.1355562730815565e-34, 1.0),
        (
            2.8,
            3.2,
            4.6666666666666666e-07,
            1.9784007628896196e-17,
            0.99999999999999998,
        ),
        (
            2.8,
            3.2,
            0.27810485835025395,
            0.17808140210906284,
            0.82191859789093716,
        ),
        (
            2.8,
            3.2,
            0.4666666666666666,
            0.50739563438082853,
            0.49260436561917147,
        ),
        (
            2.8,
            3.2,
            0.560947570824873,
            0.67826725447588986,
            0.32173274552411014,
        ),
        (
            2.8,
            3.2,
            0.843790283299492,
            0.98066905034286449,
            0.019330949657135512,
        ),
        (2.8, 3.2, 0.9999999999994666, 1.0, 4.9152543591806764e-39),
        (
            50.0,
            0.7,
            0.8888217532258865,
            0.001217190573145964,
            0.99878280942685404,
        ),
        (
            50.0,
            0.7,
            0.9375075235557441,
            0.020227680153160427,
            0.97977231984683957,
        ),
        (
            50.0,
            0.7,
            0.969964703775649,
            0.13067512186605968,
            0.86932487813394032,
        ),
        (
            50.0,
            0.7,
            0.9861932938856016,
            0.34637695728164063,
            0.65362304271835937,
        ),
        (
            50.0,
            0.7,
            0.9943075889405778,
            0.59240983944941558,
            0.40759016055058442,
        ),
        (
            50.0,
            0.7,
            0.9999986193293886,
            0.99865714869354392,
            0.0013428513064560753,
        ),
        (
            50.0,
            0.7,
            0.9999999999999862,
            0.99999999663364969,
            3.366350313633742e-9,
        ),
        (
            120.0,
            90.0,
            0.3670183513813006,
            9.6096591446981482e-10,
            0.99999999903903409,
        ),
        (
            120.0,
            90.0,
            0.46922346140493604,
            0.001494869988211392,
            0.99850513001178861,
        ),
        (
            120.0,
            90.0,
            0.537360201420693,
            0.15921179252331298,
            0.84078820747668702,
        ),
        (
            120.0,
            90.0,
            0.5714285714285714,
            0.49734907337449285,
            0.50265092662550715,
        ),
        (
            120.0,
            90.0,
            0.5884627564325107,
            0.68912784141976694,
            0.31087215858023306,
        ),
        (
            120.0,
            90.0,
            0.6395653114443284,
            0.9784792577678784,
            0.021520742232121597,
        ),
        (
            120.0,
            90.0,
            0.7758387914758422,
            0.999999999973659,
            2.6340997184371836e-11,
        ),
        (
            700.0,
            650.0,
            0.4369550838683178,
            9.0925891170952269e-10,
            0.99999999909074109,
        ),
        (
            700.0,
            650.0,
            0.47773680119341816,
            0.0013589915011904704,
            0.99864100849880953,
        ),
        (
            700.0,
            650.0,
            0.5049246127434851,
            0.15874464391953056,
            0.84125535608046944,
        ),
        (
            700.0,
            650.0,
            0.5185185185185185,
            0.49973169148773113,
            0.50026830851226887,
        ),
        (
            700.0,
            650.0,
            0.5253154714060353,
            0.6911951864699487,
            0.3088048135300513,
        ),
        (
            700.0,
            650.0,
            0.5457063300685855,
            0.97737914620558019,
            0.022620853794419814,
        ),
        (
            700.0,
            650.0,
            0.6000819531687193,
            0.99999999932583534,
            6.7416465767928576e-10,
        ),
        (
            3000.0,
            5.0,
            0.9938758697010772,
            5.9308486303708343e-5,
            0.99994069151369629,
        ),
        (
            3000.0,
            5.0,
            0.996105988095131,
            0.0092811085114377081,
            0.99071889148856229,
        ),
        (
            3000.0,
            5.0,
            0.9975927336911667,
            0.15258570006631236,
            0.84741429993368764,
        ),
        (
            3000.0,
            5.0,
            0.9983361064891847,
            0.44063937400141115,
            0.55936062599858885,
        ),
        (
            3000.0,
            5.0,
            0.9987077928881937,
            0.65193251033532236,
            0.34806748966467764,
        ),
        (
            3000.0,
            5.0,
            0.9998228520852205,
            0.99977169326220574,
            0.00022830673779425689,
        ),
        (
            100000.0,
            200000.0,
            0.32816936414499825,
            8.9777799819549994e-10,
            0.999999999102222,
        ),
        (
            100000.0,
            200000.0,
            0.3307513487391658,
            0.0013346151857515158,
            0.99866538481424848,
        ),
        (
            100000.0,
            200000.0,
            0.3324726718019442,
            0.158655590078463,
            0.841344409921537,
        ),
        (
            100000.0,
            200000.0,
            0.3333333333333333,
            0.50017167751054071,
            0.49982832248945929,
        ),
        (
            100000.0,
            200000.0,
            0.3337636640990279,
            0.69157568366723568,
            0.30842431633276432,
        ),
        (
            100000.0,
            200000.0,
            0.3350546563961117,
            0.97718030047500828,
            0.022819699524991718,
        ),
        (
            100000.0,
            200000.0,
            0.33849730252166843,
            0.99999999891918725,
            1.0808127490124001e-9,
        ),
        (
            1000000000.0,
            1000000000.0,
            0.4999329179606918,
            9.8658749466164462e-10,
            0.99999999901341251,
        ),
        (
            1000000000.0,
            1000000000.0,
            0.49996645898034586,
            0.0013498980216481764,
            0.99865010197835182,
        ),
        (
            1000000000.0,
            1000000000.0,
            0.49998881966011527,
            0.15865525399136255,
            0.84134474600863745,
        ),
        (1000000000.0, 1000000000.0, 0.5, 0.5, 0.5),
        (
            1000000000.0,
            1000000000.0,
            0.5000055901699424,
            0.69146246121480306,
            0.30853753878519694,
        ),
        (
            1000000000.0,
            1000000000.0,
            0.5000223606797695,
            0.97724986806558057,
            0.022750131934419431,
        ),
        (
            1000000000.0,
            1000000000.0,
            0.5000670820393083,
            0.99999999901341251,
            9.8658749463147745e-10,
        ),
        (
            30.0,
            1000000000.0,
            1.3568323122486306e-08,
            7.9839515608120951e-5,
            0.99992016048439188,
        ),
        (
            30.0,
            1000000000.0,
            2.452277377416212e-08,
            0.15710903493942352,
            0.84289096506057648,
        ),
        (
            30.0,
            1000000000.0,
            2.999999910000003e-08,
            0.5242830128041623,
            0.4757169871958377,
        ),
        (
            30.0,
            1000000000.0,
            3.273861176291898e-08,
            0.7074687397513969,
            0.2925312602486031,
        ),
        (
            30.0,
            1000000000.0,
            4.095444975167584e-08,
            0.96836769952339521,
            0.031632300476604786,
        ),
        (
            30.0,
            1000000000.0,
            6.286335105502747e-08,
            0.99999853922283539,
            1.4607771646054047e-6,
        ),
    ];

    #[test]
    fn both_tails_match_mpmath() {
        for &(a, b, x, below, above) in REFERENCE {
            let (p, q) = both(a, b, x, 1.0 - x);
            // x itself is a rounded number: one ulp of it is sqrt(a) ulps of the standard score.
            let tail = 1.0 - libm::log(below.min(above));
            let smaller = a.min(b);
            let tolerance = 1e-14 + 1e-15 * tail * smaller.sqrt() + 3e-16 / smaller;
            assert!(
                error(p, below) < tolerance,
                "I({a}, {b}, {x}) = {p:e} for {below:e}"
            );
            assert!(
                error(q, above) < tolerance,
                "1-I({a}, {b}, {x}) = {q:e} for {above:e}"
            );
        }
    }

    #[test]
    fn probabilities_of_quantiles_return_for_any_shapes() {
        let shapes = [1e-3, 0.05, 0.5, 1.0, 2.8, 33.0, 599.0, 601.0, 1e4, 1e6, 1e9];
        for a in shapes {
            for b in shapes {
                for u in [1e-300, 1e-100, 1e-12, 1e-4, 0.01, 0.2, 0.5] {
                    let (x, complement) = inverse(a, b, u, 1.0 - u);
                    if x > 1e-290 && complement > 1e-290 {
                        let (p, _) = both(a, b, x, complement);
                        // One ulp of x moves a symmetric tail of shape a by about sqrt(a) ulps.
                        let slack = 2e-12 + 2e-14 * a.min(b).sqrt();
                        assert!(error(p, u) < slack, "{a} {b}: {p:e} for {u:e} at {x:e}");
                    }
                    let (mirrored, x) = inverse(b, a, 1.0 - u, u);
                    assert!((x, mirrored) == inverse(a, b, u, 1.0 - u) || u == 0.5);
                }
            }
        }
    }

    #[test]
    fn absurd_arguments_come_back() {
        let shapes = [5e-324, 1e-300, 1e-5, 1.0, 1e15, 1e300];
        for a in shapes {
            for b in shapes {
                for x in [0.0, 5e-324, 0.5, 1.0] {
                    let (p, q) = both(a, b, x, 1.0 - x);
                    assert!(p <= 1.0 && q <= 1.0, "{a} {b} {x} {p} {q}");
                }
                for u in [0.0, 5e-324, 0.3, 1.0] {
                    let x = quantile(a, b, u);
                    assert!((0.0..=1.0).contains(&x) || x.is_nan());
                }
            }
        }
    }
}
