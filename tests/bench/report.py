"""report.py - figures into words: the table, the budgets, the exponents, the data of the plot."""

import math
import statistics

COLUMNS = ("wall", "cpu", "peak", "syncs", "waits")


class Result:
    """All runs of one client in one scenario."""

    def __init__(self):
        self.runs = []     # dicts with COLUMNS
        self.fault = None  # why its time does not count

    def add(self, figures):
        self.runs.append(figures)

    def median(self, column):
        values = [run[column] for run in self.runs if run[column] is not None]
        return statistics.median(values) if values else None

    def counts(self):
        return self.fault is None and self.runs

    def wall(self):
        return self.median("wall") if self.counts() else None


def ratio(a, b):
    return a / b if a is not None and b else None


def number(value, form):
    return "-" if value is None else form % value


def best_peer(results):
    """The fastest of the clients that are neither the floor nor haulmail, or None."""
    walls = [(r.wall(), name) for name, r in results.items()
             if name not in ("floor", "haulmail") and r.counts()]
    return min(walls)[1] if walls else None


def table(title, notes, results):
    best = best_peer(results)
    floor, peer = results["floor"].wall(), results[best].wall() if best else None
    lines = ["", title] + ["    (%s)" % note for note in notes] + [
        "    %-10s %9s %9s %9s %9s %9s %8s %8s %5s" % (
            "client", "wall s", "x floor", "x peer", "CPU s", "peak MiB", "syncs", "waits",
            "runs")]
    for name, r in results.items():
        if not r.counts():
            lines.append("    %-10s %s" % (name, r.fault))
            continue
        wall = r.wall()
        lines.append("    %-10s %9.3f %9s %9s %9.3f %9.1f %8d %8s %5d%s" % (
            name, wall, number(ratio(wall, floor), "%.2f"), number(ratio(wall, peer), "%.2f"),
            r.median("cpu"), r.median("peak") / 1024, r.median("syncs"),
            number(r.median("waits"), "%d"), len(r.runs), "  best peer" if name == best else ""))
    return lines


def budget_line(what, value, limit, form):
    if value is None:
        return None
    return "    %-48s %7s of %5s  %s" % (
        what, form % value, form % limit, "kept" if value <= limit else "MISSED")


# ---- growth

def slope(points):
    """The exponent k of y = c * n^k that fits best."""
    xs = [math.log(n) for n, _ in points]
    ys = [math.log(max(y, 1e-4)) for _, y in points]
    mx, my = statistics.mean(xs), statistics.mean(ys)
    return (sum((x - mx) * (y - my) for x, y in zip(xs, ys)) /
            sum((x - mx) ** 2 for x in xs))


def growth(title, sizes, results):
    """One line per size, then the exponents over all sizes and over the two largest."""
    lines = ["", title, "    %9s %9s %9s %9s %9s" % (
        "messages", "wall s", "CPU s", "peak MiB", "syncs")]
    for n in sizes:
        r = results[n]
        lines.append("    %9d %9.3f %9.3f %9.1f %9d" % (
            n, r.median("wall"), r.median("cpu"), r.median("peak") / 1024, r.median("syncs")))
    worst = 0.0
    for what, some in (("exponents", sizes), ("the last step", sizes[-2:])):
        ks = [slope([(n, results[n].median(c)) for n in some]) for c in ("wall", "cpu", "peak")]
        lines.append("    %9s %9.2f %9.2f %9.2f" % ((what[-9:],) + tuple(ks)))
        worst = max(worst, *ks)
    return lines, worst


# ---- the plot

def plot_data(names, rows):
    """A line per scenario for gnuplot: its name, and each client's ratio to the floor."""
    lines = ["scenario " + " ".join(names)]
    for label, results in rows:
        floor = results["floor"].wall()
        lines.append("\"%s\" %s" % (label, " ".join(
            number(ratio(results[name].wall(), floor) if name in results else None, "%.3f")
            for name in names)))
    return "\n".join(lines) + "\n"
