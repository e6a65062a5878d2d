//! The gamma distribution: incomplete gamma functions of any shape and their inverse.
//!
//! P(a, x) = (1/Gamma(a)) int_0^x t^(a-1) e^-t dt and Q = 1 - P, each to about 1e-14 of itself
//! while it is representable, for shapes from 1e-4 to 1e9 (and gracefully beyond). Methods: the
//! power series below the mean, the continued fraction (DLMF 8.9.2, by Lentz) above it, and
//! N. M. Temme's uniform expansion for large shapes ("The asymptotic expansion of the incomplete
//! gamma functions", SIAM J. Math. Anal. 10 (1979) 757-766; DLMF 8.12).

use super::{Bracket, horner, ln_1p_minus, temme};

/// Euler's constant taken from one.
const ONE_MINUS_EULER: f64 = 0.42278433509846713;
const HALF_LN_TWO_PI: f64 = 0.9189385332046728;

/// ln Gamma(1 + a) for a >= 0, accurate to its own size where a is near 0.
///
/// For a <= 1/2: -ln(1 + a) + (1 - gamma) a + sum over k >= 2 of (zeta(k) - 1) (-a)^k / k
/// (DLMF 5.7.3).
pub fn ln_gamma_1p(a: f64) -> f64 {
    if a > 0.5 {
        return libm::lgamma(1.0 + a);
    }
    let series = a * a * horner(&ZETA_SERIES, -a);
    series + ONE_MINUS_EULER * a - libm::log1p(a)
}

/// ln Gamma(a) - (a - 1/2) ln a + a - ln(2 pi)/2 for a > 0: the error of Stirling's formula
/// (DLMF 5.11.1).
pub fn stirling_error(a: f64) -> f64 {
    if a >= 10.0 {
        let inverse = 1.0 / a;
        return inverse * horner(&STIRLING, inverse * inverse);
    }
    ln_gamma_1p(a) - (a + 0.5) * libm::log(a) + a - HALF_LN_TWO_PI
}

/// x - a - a ln(x / a) for positive x and a: never negative, and accurate where it is small.
pub fn deviance(x: f64, a: f64) -> f64 {
    let relative = (x - a) / a;
    if relative.abs() < 0.4 {
        -a * ln_1p_minus(relative)
    } else {
        (x - a) - a * libm::log(x / a)
    }
}

/// x^a e^-x / Gamma(a + 1), the probability of the whole number `a` under Poisson(x), for any
/// a > 0 and x > 0.
pub fn kernel(a: f64, x: f64) -> f64 {
    if a < 1.0 {
        return libm::exp(a * libm::log(x) - x - ln_gamma_1p(a));
    }
    const TWO_PI: f64 = std::f64::consts::TAU;
    libm::exp(-deviance(x, a) - stirling_error(a)) / (TWO_PI * a).sqrt()
}

/// P(a, x): probability that a gamma variable of shape `a` and scale 1 is below `x`.
pub fn p(a: f64, x: f64) -> f64 {
    both(a, x).0
}

/// Q(a, x): probability that a gamma variable of shape `a` and scale 1 is above `x`.
pub fn q(a: f64, x: f64) -> f64 {
    both(a, x).1
}

/// P(a, x) and Q(a, x). Shape 0 is a point mass at 0; x <= 0 has nothing below it.
pub fn both(a: f64, x: f64) -> (f64, f64) {
    if a <= 0.0 {
        return (1.0, 0.0);
    }
    if x <= 0.0 {
        return (0.0, 1.0);
    }
    if x == f64::INFINITY {
        return (1.0, 0.0);
    }
    if a < 1.0 && x < 1.5 {
        return small_shape(a, x);
    }
    if a >= 20.0 && (x - a).abs() < 0.4 * a {
        return temme::both(a, x);
    }
    let kernel = kernel(a, x);
    if x < a + 1.0 {
        let below = (kernel * series(a, x)).min(1.0);
        (below, 1.0 - below)
    } else {
        let above = (kernel * a * fraction(a, x)).min(1.0);
        (1.0 - above, above)
    }
}

/// 1 + x/(a+1) + x^2/((a+1)(a+2)) + ..., which times the kernel is P (DLMF 8.11.4).
fn series(a: f64, x: f64) -> f64 {
    let mut term = 1.0;
    let mut sum = 1.0;
    let mut n = a;
    for _ in 0..2_000 {
        n += 1.0;
        term *= x / n;
        sum += term;
        if term <= sum * 1e-17 {
            break;
        }
    }
    sum
}

/// Q over x^a e^-x / Gamma(a): 1/(x+1-a- 1(1-a)/(x+3-a- 2(2-a)/(x+5-a- ...))).
fn fraction(a: f64, x: f64) -> f64 {
    const TINY: f64 = 1e-300;
    let mut b = x + 1.0 - a;
    let mut c = 1.0 / TINY;
    let mut d = 1.0 / b;
    let mut value = d;
    let mut i = 0.0;
    for _ in 0..2_000 {
        i += 1.0;
        let numerator = -i * (i - a);
        b += 2.0;
        d = numerator * d + b;
        if d.abs() < TINY {
            d = TINY;
        }
        d = 1.0 / d;
        c = b + numerator / c;
        if c.abs() < TINY {
            c = TINY;
        }
        let factor = c * d;
        value *= factor;
        if (factor - 1.0).abs() < 2e-16 {
            break;
        }
    }
    value
}

/// Shapes below 1 near 0: with t = x^a / Gamma(1 + a) and
/// s = a sum over n >= 1 of (-1)^(n-1) x^n / ((a + n) n!), P = t (1 - s) and
/// Q = (1 - t) + t s, where 1 - t is taken without cancellation (DLMF 8.7.1).
fn small_shape(a: f64, x: f64) -> (f64, f64) {
    let mut power = -1.0;
    let mut sum = 0.0;
    let mut n = 0.0;
    for _ in 0..60 {
        n += 1.0;
        power *= -x / n;
        let term = power / (a + n);
        sum += term;
        if term.abs() <= sum * 1e-17 {
            break;
        }
    }
    let s = a * sum;
    let exponent = a * libm::log(x) - ln_gamma_1p(a);
    let t = libm::exp(exponent);
    (t * (1.0 - s), t * s - libm::expm1(exponent))
}

/// The value below which a gamma variable of shape `a` and scale 1 lies with probability `u`;
/// 0 at u = 0 and infinite at u = 1.
pub fn quantile(a: f64, u: f64) -> f64 {
    inverse(a, u, 1.0 - u).0
}

/// The value above which it lies with probability `above`: exact in the deep upper tail.
pub fn quantile_above(a: f64, above: f64) -> f64 {
    inverse(a, 1.0 - above, above).0
}

/// The value with probability `below` below and `above` = 1 - `below` above it, and its logarithm
/// (which stays finite where the value itself is too small to be represented).
///
/// Newton's method on the logarithm of the smaller tail as a function of ln x. Both are concave,
/// so the steps converge from any side; they start from the Wilson-Hilferty cube or from the
/// leading term of the series.
pub fn inverse(a: f64, below: f64, above: f64) -> (f64, f64) {
    if below <= 0.0 || a <= 0.0 {
        return (0.0, f64::NEG_INFINITY);
    }
    if above <= 0.0 {
        return (f64::INFINITY, f64::INFINITY);
    }
    let lower = below <= above;
    let ln_below = if lower {
        libm::log(below)
    } else {
        libm::log1p(-above)
    };
    let mut y = start(a, below, above, ln_below);
    if y < -600.0 {
        // P = x^a / Gamma(1 + a) to the last digit there.
        return (libm::exp(y), y);
    }
    let mut x = libm::exp(y);
    let mut bracket = Bracket::new();
    let root = a.sqrt();
    let tolerance = 1e-8 + 1e-15 * root;
    for _ in 0..100 {
        let (p, q) = both(a, x);
        // ln of the tail over its target, taken so that it rises with x.
        let rise = if lower {
            libm::log(p / below)
        } else {
            -libm::log(q / above)
        };
        let step = -rise * if lower { p } else { q } / (kernel(a, x) * a);
        let step = bracket.step(y, rise, step);
        x += x * libm::expm1(step);
        y += step;
        if step.abs() * (1.0 + root) < tolerance {
            break;
        }
    }
    (x, if y < 0.0 { y } else { libm::log(x) })
}

/// ln of a first guess.
fn start(a: f64, below: f64, above: f64, ln_below: f64) -> f64 {
    if a >= 1.0 {
        let z = super::normal::inverse(below, above);
        let cube = 1.0 - 1.0 / (9.0 * a) + z / (3.0 * a.sqrt());
        if cube > 0.15 {
            return libm::log(a) + 3.0 * libm::log(cube);
        }
    }
    let leading = (ln_below + ln_gamma_1p(a)) / a;
    if leading < -1.2 || below <= above {
        return leading;
    }
    // Q is about x^(a-1) e^-x / Gamma(a) far out.
    let reach = -libm::log(above) - libm::lgamma(a);
    if reach > 2.0 {
        libm::log((reach + (a - 1.0) * libm::log(reach)).max(1.0))
    } else {
        0.0
    }
}

/// (zeta(k) - 1) / k for k = 2, 3, ...
const ZETA_SERIES: [f64; 28] = [
    0.3224670334241132,
    0.0673523010531981,
    0.020580808427784546,
    0.007385551028673986,
    0.0028905103307415234,
    0.001192753911703261,
    0.0005096695247430425,
    0.00022315475845357939,
    9.945751278180853e-05,
    4.492623673813314e-05,
    2.050721277567069e-05,
    9.439488275268397e-06,
    4.374866789907488e-06,
    2.039215753801366e-06,
    9.55141213040742e-07,
    4.492469198764566e-07,
    2.1207184805554665e-07,
    1.0043224823968099e-07,
    4.7698101693639804e-08,
    2.2711094608943164e-08,
    1.0838659214896955e-08,
    5.183475041970047e-09,
    2.4836745438024785e-09,
    1.1921401405860912e-09,
    5.731367241678862e-10,
    2.7595228851242334e-10,
    1.330476437424449e-10,
    6.4229645638381e-11,
];

/// B(2k) / (2k (2k - 1)) for k = 1, 2, ...
const STIRLING: [f64; 9] = [
    0.08333333333333333,
    -0.002777777777777778,
    0.0007936507936507937,
    -0.0005952380952380953,
    0.0008417508417508417,
    -0.0019175269175269176,
    0.00641025641025641,
    -0.029550653594771242,
    0.17964437236883057,
];

#[cfg(test)]
mod tests {
    use super::*;

    fn error(got: f64, expected: f64) -> f64 {
        (got - expected).abs() / expected
    }

    /// (shape, x, P, Q) by mpmath at 60 digits.
    const REFERENCE: &[(f64, f64, f64, f64)] = &[
        (0.0001, 1e-30, 0.99317336612128306, 0.0068266338787169448),
        (0.0001, 0.001, 0.99936703825416551, 0.0006329617458344914),
        (0.0001, 0.3, 0.9999094307153034, 9.0569284696597845e-5),
        (0.0001, 0.59, 0.99995363204846535, 4.6367951534646115e-5),
        (0.0001, 0.61, 0.99995546173424135, 4.4538265758651998e-5),
        (0.0001, 0.95, 0.99997612389624196, 2.3876103758040476e-5),
        (0.0001, 1.0, 0.99997805936186185, 2.1940638138146633e-5),
        (0.0001, 1.05, 0.99997981057928135, 2.0189420718654213e-5),
        (0.0001, 1.39, 0.99998819890474205, 1.1801095257952457e-5),
        (0.0001, 1.41, 0.99998855123855624, 1.1448761443763119e-5),
        (0.0001, 2.0, 0.99999510918504601, 4.8908149539872515e-6),
        (0.0001, 5.0, 0.99999988514360321, 1.1485639678978074e-7),
        (0.0001, 30.0, 1.0, 3.0227637953294263e-19),
        (0.001, 1e-30, 0.93379237765867299, 0.066207622341327008),
        (0.001, 0.001, 0.99368764670886029, 0.0063123532911397099),
        (0.001, 0.3, 0.99909416191169335, 0.00090583808830664699),
        (0.001, 0.59, 0.99953605370246609, 0.00046394629753390687),
        (0.001, 0.61, 0.99955435163542162, 0.0004456483645783783),
        (0.001, 0.95, 0.99976102739542596, 0.00023897260457403573),
        (0.001, 1.0, 0.99978039164241444, 0.0002196083575855564),
        (0.001, 1.05, 0.99979791328367438, 0.00020208671632562252),
        (0.001, 1.39, 0.99988185374251959, 0.00011814625748041207),
        (0.001, 1.41, 0.99988537997613506, 0.00011462002386493953),
        (0.001, 2.0, 0.99995102308216902, 4.897691783098148e-5),
        (0.001, 5.0, 0.99999884901866027, 1.1509813397308609e-6),
        (0.001, 30.0, 1.0, 3.0336895065899309e-18),
        (0.05, 1e-30, 0.032483449451968136, 0.96751655054803186),
        (0.05, 0.3, 0.95438112187434576, 0.045618878125654242),
        (0.05, 0.61, 0.97702171493922566, 0.022978285060774337),
        (0.05, 1.0, 0.98847634705146009, 0.011523652948539912),
        (0.05, 1.39, 0.99372404188880055, 0.006275958111199449),
        (0.05, 2.0, 0.99736145729120347, 0.0026385427087965347),
        (0.05, 30.0, 0.99999999999999982, 1.8424649734131043e-16),
        (0.5, 0.001, 0.035670591729679885, 0.96432940827032011),
        (0.5, 0.59, 0.72264400444480311, 0.27735599555519689),
        (0.5, 0.95, 0.83192168096502972, 0.16807831903497028),
        (0.5, 1.05, 0.85270086137732395, 0.14729913862267605),
        (0.5, 1.41, 0.90690359660376013, 0.093096403396239867),
        (0.5, 5.0, 0.99843459774199745, 0.0015654022580025497),
        (0.9999, 9.999e-31, 1.0068735506435659e-30, 1.0),
        (0.9999, 0.29997, 0.25920369241754205, 0.74079630758245795),
        (0.9999, 0.609939, 0.45666502802282864, 0.54333497197717136),
        (0.9999, 0.9999, 0.6321269443076897, 0.3678730556923103),
        (0.9999, 1.389861, 0.75092445290690133, 0.24907554709309867),
        (0.9999, 1.9998, 0.86465973223835676, 0.13534026776164324),
        (0.9999, 29.997, 0.99999999999990618, 9.3819744171885311e-14),
        (1.0, 0.001, 0.00099950016662500835, 0.99900049983337499),
        (1.0, 0.59, 0.44567271526549295, 0.55432728473450705),
        (1.0, 0.95, 0.61325897654549878, 0.38674102345450122),
        (1.0, 1.05, 0.65006225088884466, 0.34993774911115534),
        (1.0, 1.41, 0.7558567168465629, 0.2441432831534371),
        (1.0, 5.0, 0.99326205300091453, 0.0067379469990854671),
        (2.5, 2.5e-30, 2.9735401935879514e-75, 1.0),
        (2.5, 0.75, 0.086930185455604539, 0.91306981454439546),
        (2.5, 1.525, 0.30772264971315494, 0.69227735028684506),
        (2.5, 2.5, 0.58411981300449208, 0.41588018699550792),
        (2.5, 3.475, 0.77561448868876013, 0.22438551131123987),
        (2.5, 5.0, 0.92476475385348782, 0.075235246146512179),
        (2.5, 75.0, 1.0, 1.3351378873003131e-30),
        (9.5, 0.0095, 5.3740898800308954e-26, 1.0),
        (9.5, 5.605, 0.083427802124602294, 0.91657219787539771),
        (9.5, 9.025, 0.48089930615327064, 0.51910069384672936),
        (9.5, 9.975, 0.60240747337385495, 0.39759252662614505),
        (9.5, 13.395, 0.89035955408641582, 0.10964044591358418),
        (9.5, 47.5, 0.99999999999573773, 4.2622651068782914e-12),
        (19.99, 0.019989999999999997, 4.48716752329766e-53, 1.0),
        (
            19.99,
            11.794099999999998,
            0.018261357769119312,
            0.98173864223088069,
        ),
        (
            19.99,
            18.990499999999997,
            0.43942244249098992,
            0.56057755750901008,
        ),
        (19.99, 20.9895, 0.61572333201178095, 0.38427666798821905),
        (
            19.99,
            28.185899999999997,
            0.9556057604159594,
            0.044394239584040604,
        ),
        (19.99, 99.94999999999999, 1.0, 3.8569077547620735e-23),
        (20.0, 0.02, 4.2286642067643916e-53, 1.0),
        (20.0, 11.8, 0.018236195810015746, 0.98176380418998425),
        (20.0, 19.0, 0.43939261060849159, 0.56060738939150841),
        (20.0, 21.0, 0.61573722773565784, 0.38426277226434216),
        (20.0, 28.2, 0.95564225461211489, 0.044357745387885107),
        (20.0, 100.0, 1.0, 3.764893576001475e-23),
        (35.5, 0.0355, 5.336244124961793e-93, 1.0),
        (35.5, 20.945, 0.0023144689371780399, 0.99768553106282196),
        (35.5, 33.725, 0.40252930651183622, 0.59747069348816378),
        (35.5, 37.275, 0.63639460552358641, 0.36360539447641359),
        (35.5, 50.055, 0.98698345215710174, 0.013016547842898263),
        (35.5, 177.5, 1.0, 2.3044523559308386e-39),
        (150.0, 88.5, 1.6875647599448633e-9, 0.99999999831243524),
        (150.0, 142.5, 0.27573759146543788, 0.72426240853456212),
        (150.0, 157.5, 0.73550981277881875, 0.26449018722118125),
        (150.0, 211.5, 0.99999643751624493, 3.5624837550717411e-6),
        (150.0, 750.0, 1.0, 1.5082491209815543e-158),
        (1000.0, 300.0, 2.4149201482967856e-221, 1.0),
        (1000.0, 590.0, 2.5080240223579127e-53, 1.0),
        (1000.0, 610.0, 1.6321944706180887e-47, 1.0),
        (1000.0, 950.0, 0.055054686230738034, 0.94494531376926197),
        (1000.0, 1000.0, 0.50420524418021551, 0.49579475581978449),
        (1000.0, 1050.0, 0.94132888862268192, 0.058671111377318077),
        (1000.0, 1390.0, 1.0, 1.3991687116787444e-28),
        (1000.0, 1410.0, 1.0, 4.394276782178315e-31),
        (1000.0, 2000.0, 1.0, 6.8473494596147532e-136),
        (
            100000.0,
            97470.1778718653,
            3.5899904413646246e-16,
            0.99999999999999964,
        ),
        (
            100000.0,
            98418.8611699158,
            2.5100557446058808e-7,
            0.99999974899442554,
        ),
        (
            100000.0,
            99683.77223398317,
            0.15865484973790812,
            0.84134515026209188,
        ),
        (
            100000.0,
            99968.37722339832,
            0.46058643509701919,
            0.53941356490298081,
        ),
        (100000.0, 100000.0, 0.50042052211036518, 0.49957947788963482),
        (
            100000.0,
            100031.62277660168,
            0.54024204591375048,
            0.45975795408624952,
        ),
        (
            100000.0,
            100316.22776601683,
            0.84134514844832496,
            0.15865485155167504,
        ),
        (
            100000.0,
            101581.1388300842,
            0.99999967366210492,
            3.2633789508069308e-7,
        ),
        (
            100000.0,
            102529.8221281347,
            0.99999999999999894,
            1.0561434323529744e-15,
        ),
        (
            1000000000.0,
            999747017.7871865,
            6.1874935119000272e-16,
            0.99999999999999938,
        ),
        (
            1000000000.0,
            999841886.1169916,
            2.8627566018052669e-7,
            0.99999971372433982,
        ),
        (
            1000000000.0,
            999968377.2233983,
            0.15865525389121661,
            0.84134474610878339,
        ),
        (
            1000000000.0,
            999996837.7223399,
            0.46017630513139243,
            0.53982369486860757,
        ),
        (
            1000000000.0,
            1000000000.0,
            0.50000420522087006,
            0.49999579477912994,
        ),
        (
            1000000000.0,
            1000003162.2776601,
            0.53983197967814965,
            0.46016802032185035,
        ),
        (
            1000000000.0,
            1000031622.7766017,
            0.84134474610878158,
            0.15865525389121842,
        ),
        (
            1000000000.0,
            1000158113.8830084,
            0.99999971297211252,
            2.8702788747547343e-7,
        ),
        (
            1000000000.0,
            1000252982.2128135,
            0.99999999999999937,
            6.2545958437781449e-16,
        ),
    ];

    /// (shape, probability, whether it is the upper one, x) by bisection in mpmath.
    const QUANTILES: &[(f64, f64, bool, f64)] = &[
        (0.001, 0.9, false, 9.821659644066882e-47),
        (0.01, 0.5, false, 4.4655350189103551e-31),
        (0.05, 1e-15, false, 5.8446320572867329e-301),
        (0.05, 0.3, false, 2.0378971887326644e-11),
        (0.5, 1e-12, false, 7.8539816339744828e-25),
        (0.5, 0.7, false, 0.53709708542879257),
        (1.0, 0.25, false, 0.28768207245178093),
        (3.0, 1e-15, false, 1.8171288477027623e-5),
        (3.0, 0.5, false, 2.6740603137235603),
        (25.0, 1e-10, false, 4.8855574379385636),
        (25.0, 0.4, false, 23.431888077604463),
        (400.0, 0.999, false, 464.66446017322389),
        (0.001, 1e-12, true, 17.795726395785323),
        (0.05, 1e-15, true, 28.360249007335996),
        (0.5, 1e-30, true, 66.399946352507109),
        (2.0, 1e-300, true, 697.32421137935258),
        (25.0, 1e-12, true, 77.666086766693965),
        (400.0, 1e-16, true, 587.29244384191393),
    ];

    #[test]
    fn both_tails_match_mpmath() {
        for &(a, x, below, above) in REFERENCE {
            let (p, q) = both(a, x);
            // The exponent of the kernel is as large as -ln of the tail, and rounds with it.
            let tail = -libm::log(below.min(above));
            let tolerance = 2e-14 + 5e-16 * tail + 4e-16 * tail * a.sqrt().min(1e3);
            assert!(
                error(p, below) < tolerance,
                "P({a}, {x}) = {p:e} for {below:e}"
            );
            assert!(
                error(q, above) < tolerance,
                "Q({a}, {x}) = {q:e} for {above:e}"
            );
        }
    }

    #[test]
    fn quantiles_match_mpmath_in_both_tails() {
        for &(a, u, upper, x) in QUANTILES {
            let got = if upper {
                quantile_above(a, u)
            } else {
                quantile(a, u)
            };
            let tolerance = 1e-14 + 1e-15 / a + 2e-16 * libm::log(x).abs();
            assert!(
                error(got, x) < tolerance,
                "{a} {u:e} {upper}: {got:e} for {x:e}"
            );
        }
    }

    #[test]
    fn probabilities_of_quantiles_return_for_any_shape() {
        for exponent in -12..=36 {
            let a = libm::exp2(f64::from(exponent));
            for u in [1e-300, 1e-100, 1e-12, 1e-4, 0.01, 0.2, 0.5] {
                let (x, ln_x) = inverse(a, u, 1.0 - u);
                if ln_x > -700.0 {
                    let slack = 1e-12 + 1e-15 * a.sqrt() * 40.0;
                    assert!(
                        error(p(a, x), u) < slack,
                        "P({a}, {x:e}) = {:e} for {u:e}",
                        p(a, x)
                    );
                }
                let x = quantile_above(a, u);
                if x > 1e-300 {
                    let slack = 1e-12 + 1e-15 * a.sqrt() * 40.0;
                    assert!(
                        error(q(a, x), u) < slack,
                        "Q({a}, {x:e}) = {:e} for {u:e}",
                        q(a, x)
                    );
                }
            }
        }
    }

    #[test]
    fn absurd_arguments_come_back() {
        for a in [5e-324, 1e-300, 1e-5, 1.0, 1e15, 1e300] {
            for x in [0.0, 5e-324, 1.0, 1e15, 1e300, f64::INFINITY] {
                let (p, q) = both(a, x);
                assert!(
                    (0.0..=1.0).contains(&p) && (0.0..=1.0).contains(&q),
                    "{a} {x} {p} {q}"
                );
            }
            for u in [0.0, 5e-324, 0.5, 1.0] {
                assert!(quantile(a, u) >= 0.0);
                assert!(quantile_above(a, u) >= 0.0);
            }
        }
    }
}
