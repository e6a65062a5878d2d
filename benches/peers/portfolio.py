"""The model of scenarios/portfolio.toml in NumPy, as one would write it for speed.

Vectorised over paths and days, in chunks of paths that fit the processor's cache, PCG64, float64:
a gamma and a Poisson draw per path, day and workload, a second Poisson where incidents add to it.
The mathematics is that of METHODS.md; no number and no line comes from flexcast. Only what the
portfolio uses is read: it is a peer for this one scenario, not another forecaster.

Prints one line of JSON: seconds of the demand (`core`) and of demand, ledger and statistics
(`run`), and the figures with their standard errors.
"""

import argparse
import json
import tomllib
from dataclasses import dataclass
from time import perf_counter

import numpy as np
from scipy.special import betaincinv, ndtr, ndtri
from scipy.stats import norm, qmc

DAYS_PER_MONTH = 30.4375
DAYS_PER_YEAR = 365
USE_CASES = {"faq": (2, 3), "troubleshooting": (8, 15)}
CREDITS = {"action": 20, "sandbox": 16}
# A Poisson of one count costs about as much as 20 units drawn one by one (see `actions`).
UNITS_PER_COUNT = 20


# ---- uncertain values ----


def quantile(value, u, low=-np.inf):
    """The inverse distribution function at `u`; `low` is the least value of the field."""
    if not isinstance(value, dict):
        return np.full_like(u, value)
    keys = value.keys()
    if keys == {"min", "max"}:
        return value["min"] + u * (value["max"] - value["min"])
    if keys == {"min", "mode", "max"}:
        a, m, b = value["min"], value["mode"], value["max"]
        alpha, beta = 1 + 4 * (m - a) / (b - a), 1 + 4 * (b - m) / (b - a)
        return a + (b - a) * betaincinv(alpha, beta, u)
    if keys == {"mean", "sd"}:
        return value["mean"] + value["sd"] * normal_above((low - value["mean"]) / value["sd"], u)
    mu, sigma = lognormal(value)
    low = max(low, value.get("min", 0.0))
    bottom = (np.log(low) - mu) / sigma if low > 0 else -np.inf
    return np.exp(mu + sigma * normal_above(bottom, u))


def normal_above(bottom, u):
    """A standard normal given that it is above `bottom`, by inversion of its upper tail."""
    return -ndtri((1 - u) * ndtr(-bottom))


def lognormal(value):
    """mu and sigma of a lognormal given by p10 and p90, or by mean and cv."""
    if "cv" in value:
        variance = np.log1p(value["cv"] ** 2)
        return np.log(value["mean"]) - variance / 2, np.sqrt(variance)
    ln10, ln90 = np.log(value["p10"]), np.log(value["p90"])
    return (ln10 + ln90) / 2, (ln90 - ln10) / (2 * ndtri(0.9))


def mean_of(value, low=-np.inf):
    """The mean of what `quantile` samples."""
    if not isinstance(value, dict):
        return value
    keys = value.keys()
    if keys == {"min", "max"}:
        return (value["min"] + value["max"]) / 2
    if keys == {"min", "mode", "max"}:
        return (value["min"] + 4 * value["mode"] + value["max"]) / 6
    if keys == {"mean", "sd"}:
        bottom = (low - value["mean"]) / value["sd"]
        return value["mean"] + value["sd"] * norm.pdf(bottom) / norm.sf(bottom)
    mu, sigma = lognormal(value)
    return float(np.exp(mu + sigma**2 / 2))


# ---- the scenario as run ----


def column(values):
    """One number a path, against days."""
    return values[:, np.newaxis]


def smooth_step(u):
    u = np.clip(u, 0, 1)
    return u * u * (3 - 2 * u)


@dataclass
class Workload:
    """A workload, and the shapes over days that are known before any draw."""

    table: dict
    weights: np.ndarray  # w(d), for volume divided by the month's sum
    level_of_day: np.ndarray | None  # which activation level holds on a day
    rise: np.ndarray | None  # S of each level of a ramp
    acceleration: np.ndarray | None  # S of the slow start by day
    counts: tuple[int, int] | None  # actions per unit, from and to
    price: int


class Scenario:
    """portfolio.toml, read."""

    def __init__(self, path):
        with open(path, "rb") as file:
            self.toml = tomllib.load(file)
        start = np.datetime64(self.toml["start"], "D")
        first = start.astype("datetime64[M]")
        assert start == first.astype("datetime64[D]"), "a horizon that starts with a month"
        self.start = start
        self.months = self.toml.get("months", 12)
        edges = (first + np.arange(self.months + 1)).astype("datetime64[D]")
        self.dates = np.arange(edges[0], edges[-1])
        self.days = len(self.dates)
        self.month_starts = (edges[:-1] - start).astype(int)
        self.month_of_day = np.repeat(np.arange(self.months), np.diff(edges).astype(int))
        self.workloads = [self.read_workload(table) for table in self.toml["workload"]]
        self.names = [workload.table["name"] for workload in self.workloads]
        self.inputs = self.collect_inputs()
        self.copula = self.read_correlations()

    def read_workload(self, table):
        calendar = self.toml["calendar"] | table.get("calendar", {})
        holidays = np.array(calendar["holidays"], dtype="datetime64[D]")
        working = np.is_busday(self.dates, holidays=holidays)
        by_weekday = np.where(working, 1.0, calendar["off_day_share"])
        calendar_month = self.dates.astype("datetime64[M]").astype(int) % 12
        weights = by_weekday * np.array(calendar["month_weights"])[calendar_month]
        rise = level_of_day = counts = acceleration = None
        day = np.arange(self.days)
        if "seats" in table:
            activation = table["activation"]
            if not isinstance(activation, dict):
                level_of_day = np.zeros(self.days, int)
            elif "months" in activation:
                level_of_day = np.minimum(self.month_of_day, len(activation["months"]) - 1)
            else:
                level_of_day = np.minimum(day, activation["days"])
                rise = smooth_step(np.arange(activation["days"] + 1) / activation["days"])
        else:
            weights /= np.bincount(self.month_of_day, by_weekday)[self.month_of_day]
            if "actions_per_unit" in table:
                counts = USE_CASES[table["actions_per_unit"]["use_case"]]
        if slow := table.get("acceleration"):
            span = slow["to_day"] - slow["from_day"]
            acceleration = smooth_step((day - slow["from_day"]) / span)
        price = CREDITS[table.get("operation", "action")]
        return Workload(table, weights, level_of_day, rise, acceleration, counts, price)

    def collect_inputs(self):
        """Every number that is drawn once per path: its key, its distribution, its least value."""
        inputs = {}

        def add(key, value, low=0.0):
            if isinstance(value, dict):
                inputs[key] = (value, low)

        for table in self.toml["workload"]:
            name = f"workload.{table['name']}"
            for key in ("actions_per_day", "units_per_month"):
                add(f"{name}.{key}", table.get(key))
            add(f"{name}.growth", table.get("growth"), low=-0.99)
            if isinstance(table.get("activation"), dict):
                add(f"{name}.plateau", table["activation"].get("plateau"))
            add(f"{name}.initial", table.get("acceleration", {}).get("initial"))
        for event in self.toml["event"]:
            add(f"event.{event['name']}", event["multiplier"])
        for incident in self.toml["incident"]:
            if "chance" in incident:
                add(f"incident.{incident['name']}.share", incident["share"])
                # Whether it holds is drawn once per path too: below its chance, it does.
                add(f"incident.{incident['name']}.chance", {"min": 0, "max": 1})
        return inputs

    def read_correlations(self):
        """Cholesky factor of the copula over all inputs."""
        keys = list(self.inputs)
        matrix = np.eye(len(keys))
        for correlation in self.toml["correlation"]:
            i, j = (keys.index(key) for key in correlation["between"])
            matrix[i, j] = matrix[j, i] = 2 * np.sin(np.pi * correlation["spearman"] / 6)
        return np.linalg.cholesky(matrix)

    def draw_inputs(self, u):
        """Values of every input from uniforms, a row a path."""
        u = ndtr(ndtri(u) @ self.copula.T)
        return {
            key: quantile(value, u[:, column], low)
            for column, (key, (value, low)) in enumerate(self.inputs.items())
        }

    def event_spans(self, name):
        for event in self.toml["event"]:
            if name in event["workload"]:
                first, last = (np.datetime64(event[key], "D") for key in ("from", "to"))
                span = slice(*((first, last + 1) - self.start).astype(int))
                yield f"event.{event['name']}", span


# ---- demand ----


class Demand:
    """Draws credits by path, day and workload."""

    def __init__(self, scenario, rng):
        self.scenario = scenario
        self.rng = rng
        self.day = np.arange(scenario.days)

    def draw(self, inputs, paths, base_terms, incident_terms):
        """Credits of a chunk by path and day; adds up each workload's into the two tables."""
        total = np.zeros((paths, self.scenario.days))
        incidents = self.draw_incidents(inputs, paths)
        for index, workload in enumerate(self.scenario.workloads):
            means = self.means(workload, inputs, paths)
            base = self.actions(means, workload.counts) * workload.price
            base_terms[index] = base.sum(axis=1)
            total += base
            # Only the paths that an incident hits have anything to add.
            rows, factor, lumps = incidents(workload.table["name"])
            if len(rows) > 0:
                extra = self.actions(means[rows] * (factor - 1), workload.counts)
                if lumps is not None:
                    extra += self.rng.poisson(lumps)
                extra *= workload.price
                incident_terms[index, rows] = extra.sum(axis=1)
                total[rows] += extra
        return total

    def means(self, workload, inputs, paths):
        """lambda(d) G(d)."""
        table = workload.table

        def known(key):
            return inputs.get(f"workload.{table['name']}.{key}")

        # Gamma with mean 1 and the cv asked for; its scale goes into the weights.
        shape = 1 / table["daily_cv"] ** 2
        means = self.rng.standard_gamma(shape, (paths, self.scenario.days))
        means *= workload.weights / shape
        if "seats" in table:
            means *= self.rates(workload, known("plateau"), paths)[:, workload.level_of_day]
            means *= column(known("actions_per_day"))
        else:
            means *= column(known("units_per_month"))
        if workload.acceleration is not None:
            initial = column(known("initial"))
            means *= initial + (1 - initial) * workload.acceleration
        if "growth" in table:
            means *= np.exp(column(np.log1p(known("growth"))) * (self.day / DAYS_PER_MONTH))
        if "volatility" in table:
            means *= self.level(table["volatility"], paths)
        for key, span in self.scenario.event_spans(table["name"]):
            means[:, span] *= column(inputs[key])
        return means

    def rates(self, workload, plateau, paths):
        """The sum of the active agents' rate factors at each level of activation."""
        table = workload.table
        activation = table["activation"]
        if not isinstance(activation, dict):
            shares = [activation]
        elif "months" in activation:
            shares = activation["months"]
        else:
            start = activation["start"]
            shares = start + (plateau - start) * workload.rise[:, np.newaxis]
        shape = 1 / table["agent_cv"] ** 2
        active, rate = np.zeros(paths, int), np.zeros(paths)
        rates = np.empty((paths, len(shares)))
        before = 0.0
        for level, share in enumerate(shares):
            chance = (share - before) / (1 - before)
            new = self.rng.binomial(table["seats"] - active, chance)
            active += new
            rate += self.rng.standard_gamma(new * shape) / shape
            rates[:, level] = rate
            before = share
        return rates

    def level(self, sigma, paths):
        """exp(sigma W(t) - sigma^2 t / 2), 1 on the first day."""
        steps = self.rng.standard_normal((paths, self.scenario.days))
        steps *= sigma / np.sqrt(DAYS_PER_YEAR)
        steps -= sigma**2 / (2 * DAYS_PER_YEAR)
        steps[:, 0] = 0
        return np.exp(np.cumsum(steps, axis=1, out=steps), out=steps)

    def actions(self, means, counts):
        """Actions of a Poisson number of units; each has any of `counts`, equally likely.

        Exact in two ways, whichever is faster: one Poisson per distinct count, or the units one by
        one. (Binomials of the bits of the counts are slower than both.)
        """
        if counts is None:
            return self.rng.poisson(means)
        least, most = counts
        distinct = most - least + 1
        if means.mean() > UNITS_PER_COUNT * distinct:
            share = means / distinct
            actions = least * self.rng.poisson(share)
            for count in range(least + 1, most + 1):
                actions += count * self.rng.poisson(share)
            return actions
        units = self.rng.poisson(means)
        number = units.ravel()
        ends = np.cumsum(number)
        if len(ends) == 0 or ends[-1] == 0:
            return units
        beyond = self.rng.integers(0, distinct, ends[-1], dtype=np.uint16)
        starts = np.minimum(ends - number, ends[-1] - 1)
        sums = np.add.reduceat(beyond, starts, dtype=np.int64)
        sums[number == 0] = 0  # reduceat gives an empty segment its first element
        return least * units + sums.reshape(units.shape)

    def draw_incidents(self, inputs, paths):
        """What happens in a chunk; gives the paths that are hit in a workload, and how."""
        days, rng = self.scenario.days, self.rng
        conditions, arrivals = [], []
        for incident in self.scenario.toml["incident"]:
            name = f"incident.{incident['name']}"
            if "chance" in incident:
                factor = np.ones(paths)
                hit = inputs[f"{name}.chance"] < incident["chance"]
                factor[hit] = 1 / (1 - inputs[f"{name}.share"][hit])
                conditions.append((incident, factor))
                continue
            # Poisson over the horizon, at uniform days: Poisson arrivals on each day.
            number = rng.poisson(incident["per_year"] * days / DAYS_PER_YEAR, paths)
            path = np.repeat(np.arange(paths), number)
            first = rng.integers(0, days, len(path))
            lasts = np.maximum(np.ceil(quantile(incident["days"], rng.random(len(path)))), 1)
            last = np.minimum(first + lasts, days).astype(int)
            if "multiplier" in incident:
                size = quantile(incident["multiplier"], rng.random(len(path)), low=1)
            else:
                size = quantile(incident["extra_actions"], rng.random(len(path)), low=0) / lasts
            arrivals.append((incident, list(zip(path, first, last, size, strict=True))))

        def of(workload):
            def hits(incident):
                return workload in incident.get("workload", self.scenario.names)

            whole = np.ones(paths)
            for incident, factor in conditions:
                if hits(incident):
                    whole *= factor
            mine = [(incident, rows) for incident, rows in arrivals if hits(incident)]
            is_hit = whole > 1
            for _, occurrences in mine:
                is_hit[[path for path, *_ in occurrences]] = True
            rows = np.flatnonzero(is_hit)
            place = np.cumsum(is_hit) - 1
            factor = np.repeat(whole[rows, np.newaxis], days, axis=1)
            lumps = None
            for incident, occurrences in mine:
                if "multiplier" in incident:
                    for path, first, last, size in occurrences:
                        factor[place[path], first:last] *= size
                else:
                    lumps = np.zeros_like(factor) if lumps is None else lumps
                    for path, first, last, size in occurrences:
                        lumps[place[path], first:last] += size
            return rows, factor, lumps

        return of


# ---- the ledger ----


class Ledger:
    """Free credits and a purchase of 80% of the plan; what passes them is billed by the credit."""

    def __init__(self, scenario):
        contract = {"pack": 100_000, "pack_price": 500.0} | scenario.toml["contract"]
        self.scenario = scenario
        self.plan = plan(scenario)
        share = float(contract["prepurchase"].rstrip("%")) / 100
        wanted = share * (self.plan - contract["free_credits"])
        self.packs = int(np.ceil(wanted / contract["pack"]))
        bought = self.packs * contract["pack"]
        off = max((d["off"] for d in contract["discounts"] if d["from"] <= bought), default=0)
        self.purchase = self.packs * contract["pack_price"] * (1 - off)
        self.granted = bought + contract["free_credits"]
        self.price = contract["overage_pack_price"] / contract["pack"]

    def settle(self, total):
        """Spend by month, and the first day that the grants cannot cover (days: never)."""
        to_date = np.cumsum(total, axis=1)
        month_ends = np.append(self.scenario.month_starts[1:], self.scenario.days) - 1
        beyond = np.maximum(to_date[:, month_ends] - self.granted, 0)
        spend = np.diff(beyond, axis=1, prepend=0) * self.price
        spend[:, 0] += self.purchase
        dry = (to_date <= self.granted).sum(axis=1)
        return spend, dry


def plan(scenario):
    """Credits of the single-number plan: every input at its mean, no noise, no incidents."""
    means = {key: mean_of(value, low) for key, (value, low) in scenario.inputs.items()}
    day = np.arange(scenario.days)
    credits = 0.0
    for workload in scenario.workloads:
        table, name = workload.table, f"workload.{workload.table['name']}"
        mean = workload.weights.copy()
        if "seats" in table:
            activation = table["activation"]
            if not isinstance(activation, dict):
                shares = np.array([activation])
            elif "months" in activation:
                shares = np.array(activation["months"])
            else:
                start = activation["start"]
                shares = start + (means[f"{name}.plateau"] - start) * workload.rise
            mean *= table["seats"] * shares[workload.level_of_day]
            mean *= means[f"{name}.actions_per_day"]
        else:
            mean *= means[f"{name}.units_per_month"]
        if workload.counts:
            mean *= sum(workload.counts) / 2
        if workload.acceleration is not None:
            initial = means[f"{name}.initial"]
            mean *= initial + (1 - initial) * workload.acceleration
        if "growth" in table:
            mean *= (1 + means[f"{name}.growth"]) ** (day / DAYS_PER_MONTH)
        for key, span in scenario.event_spans(table["name"]):
            mean[span] *= means[key]
        credits += mean.sum() * workload.price
    return credits


# ---- a run ----


def once_per_path(scenario, paths, rng, sobol):
    """Uniforms for the inputs, a row a path."""
    if sobol:
        sampler = qmc.Sobol(len(scenario.inputs), scramble=True, rng=rng)
        u = sampler.random(paths)
    else:
        u = rng.random((paths, len(scenario.inputs)))
    return np.clip(u, 1e-16, 1 - 1e-16)


def simulate(scenario, paths, seed, chunk, sobol=False):
    """A whole run: figures, and seconds of its demand and of all of it."""
    begin = perf_counter()
    rng = np.random.default_rng(seed)
    ledger = Ledger(scenario)
    demand = Demand(scenario, rng)
    base_terms = np.zeros((len(scenario.workloads), paths))
    incident_terms = np.zeros_like(base_terms)
    spend = np.empty((paths, scenario.months))
    monthly_credits = np.empty((paths, scenario.months))
    dry = np.empty(paths, int)
    core = -perf_counter()
    inputs = scenario.draw_inputs(once_per_path(scenario, paths, rng, sobol))
    core += perf_counter()
    for first in range(0, paths, chunk):
        rows = slice(first, min(first + chunk, paths))
        core -= perf_counter()
        mine = {key: values[rows] for key, values in inputs.items()}
        total = demand.draw(
            mine, rows.stop - rows.start, base_terms[:, rows], incident_terms[:, rows]
        )
        core += perf_counter()
        spend[rows], dry[rows] = ledger.settle(total)
        monthly_credits[rows] = np.add.reduceat(total, scenario.month_starts, axis=1)
    term = spend.sum(axis=1)
    # What a report would show, for its time; the figures that are compared come after the clock.
    percentiles(term)
    percentiles(spend)
    percentiles(monthly_credits)
    np.bincount(dry, minlength=scenario.days + 1) / paths
    return {
        "core_seconds": core,
        "run_seconds": perf_counter() - begin,
        "spend": term,
        "dry": dry,
        "base": base_terms,
        "incident": incident_terms,
        "ledger": ledger,
    }


# ---- figures with their errors ----


def percentiles(values):
    percents = [5, 10, 25, 50, 75, 90, 95]
    return np.percentile(values, percents, axis=0, method="inverted_cdf")


def mean_with_error(values):
    return [values.mean(), values.std(ddof=1) / np.sqrt(len(values))]


def quantile_with_error(values, q):
    """The ceil(q n)-th smallest, and half the distance of the ranks one standard error around."""
    ordered = np.sort(values)
    n = len(ordered)

    def at(rank):
        return ordered[int(np.clip(np.ceil(rank) - 1, 0, n - 1))]

    sd = np.sqrt(n * q * (1 - q))
    return [at(q * n), (at(q * n + sd) - at(q * n - sd)) / 2]


def figures(result, scenario):
    """What is compared between peers: each a value and its standard error."""
    spend, dry = result["spend"], result["dry"]
    over = (dry < scenario.days).mean()
    credits = (result["base"] + result["incident"]).sum(axis=0)
    found = {
        "credits mean": mean_with_error(credits),
        "credits p50": quantile_with_error(credits, 0.50),
        "credits p95": quantile_with_error(credits, 0.95),
        "spend mean": mean_with_error(spend),
        "spend p50": quantile_with_error(spend, 0.50),
        "spend p95": quantile_with_error(spend, 0.95),
        "overage probability": [over, np.sqrt(over * (1 - over) / len(spend))],
        "exhaustion p10": quantile_with_error(dry, 0.10),
        "exhaustion p50": quantile_with_error(dry, 0.50),
    }
    for index, name in enumerate(scenario.names):
        for part in ("base", "incident"):
            found[f"{part} credits: {name}"] = mean_with_error(result[part][index])
    return {key: [float(x) for x in value] for key, value in found.items()}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("scenario")
    parser.add_argument("--paths", type=int, default=1_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--chunk", type=int, default=250, help="paths drawn at once")
    parser.add_argument("--sobol", action="store_true", help="scrambled Sobol for the inputs")
    parser.add_argument("--replicates", type=int, default=0, help="only P95 of so many seeds")
    args = parser.parse_args()
    scenario = Scenario(args.scenario)

    def run(seed):
        return simulate(scenario, args.paths, seed, args.chunk, args.sobol)

    if args.replicates:
        spends = [run(args.seed + i)["spend"] for i in range(args.replicates)]
        answer = {"paths": args.paths, "p95": [quantile_with_error(s, 0.95)[0] for s in spends]}
    else:
        result = run(args.seed)
        answer = {
            "peer": "numpy sobol" if args.sobol else "numpy",
            "paths": args.paths,
            "cells": args.paths * scenario.days * len(scenario.workloads),
            "core_seconds": result["core_seconds"],
            "run_seconds": result["run_seconds"],
            "plan_credits": result["ledger"].plan,
            "purchase_packs": result["ledger"].packs,
            "figures": figures(result, scenario),
        }
    print(json.dumps(answer))


if __name__ == "__main__":
    main()
