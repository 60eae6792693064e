internal import FileFormats

/// Data sets that need no path, by all names that they are called by: `fashion-mnist`, `fashion_mnist`, `FashionMNIST`.
enum DataNames {
    enum Known {
        case mnist(MNISTFamily)
        case cifar(CIFAR)
        case toy(Toy2D)
    }

    /// The data set of a name, whatever hyphens, underscores and capitals it is written with.
    static func find(_ name: String) -> Known? {
        let plain = plain(name)
        if let family = MNISTFamily.allCases.first(where: { self.plain($0.rawValue) == plain }) {
            return .mnist(family)
        }
        if let cifar = CIFAR.allCases.first(where: { self.plain($0.rawValue) == plain }) { return .cifar(cifar) }
        return Toy2D.allCases.first { self.plain($0.rawValue) == plain }.map { .toy($0) }
    }

    /// True of names as they are documented, which are data sets even if a folder in the way is called so.
    static func isCanonical(_ name: String) -> Bool { all.contains(name.replacing("_", with: "-")) }

    /// The documented names.
    static let all = MNISTFamily.allCases.map(\.rawValue) + CIFAR.allCases.map(\.rawValue)
    static let toys = Toy2D.allCases.map(\.rawValue)

    /// The known name that is most like another one, unless it is quite different.
    static func suggestion(for name: String) -> String? {
        let plain = Array(plain(name))
        let ranked = (all + toys).map { ($0, distance(plain, Array(self.plain($0)))) }
        guard let best = ranked.min(by: { $0.1 < $1.1 }), best.1 <= max(1, plain.count / 4) else { return nil }
        return best.0
    }

    private static func plain(_ name: String) -> String { name.lowercased().filter { !"-_ ".contains($0) } }

    /// Letters that have to be put in, left out, changed or exchanged with their neighbour.
    private static func distance(_ one: [Character], _ other: [Character]) -> Int {
        var rows = [Array(0...other.count)]
        for (i, a) in one.enumerated() {
            var row = [i + 1]
            for (j, b) in other.enumerated() {
                row.append(min(rows[i][j] + (a == b ? 0 : 1), rows[i][j + 1] + 1, row[j] + 1))
                guard i > 0, j > 0, a == other[j - 1], one[i - 1] == b else { continue }
                row[j + 1] = min(row[j + 1], rows[i - 1][j - 1] + 1)
            }
            rows.append(row)
        }
        return rows[one.count][other.count]
    }
}
