/// Questions about slips of spelling, for names that are not settings: commands, options, files.
public enum Suggestion {
    /// "Did you mean 'sample'?" for names that are spelt nearly like the given one; nil if there are none.
    public static func didYouMean(_ given: String, among names: [String]) -> String? { names.didYouMean(given) }
}

extension [String] {
    /// The elements like 'a', 'b' or 'c'.
    func quoted(_ conjunction: String) -> String {
        let names = map { "'\($0)'" }
        guard let last = names.last, names.count > 1 else { return names.joined() }
        return names.dropLast().joined(separator: ", ") + " \(conjunction) \(last)"
    }

    /// A question that names the elements which are spelt nearly like the given one, or nil when there are none.
    func didYouMean(_ given: String) -> String? {
        let near = nearMisses(of: given)
        return near.isEmpty ? nil : "Did you mean \(near.quoted("or"))?"
    }

    /// The (at most three) elements that are spelt nearly like the given one, nearest first.
    ///
    /// Near is one wrong letter in three; case, dashes and underscores do not count (`batchSize` is `batch_size`).
    func nearMisses(of given: String) -> [String] {
        let letters = given.lettersOnly
        let ranked = enumerated().compactMap { index, name -> (distance: Int, index: Int, name: String)? in
            let other = name.lettersOnly
            let distance = editDistance(letters, other)
            let isNear = distance <= Swift.max(1, Swift.min(letters.count, other.count) / 3)
            return isNear && distance < other.count ? (distance, index, name) : nil
        }
        return ranked.sorted { ($0.distance, $0.index) < ($1.distance, $1.index) }.prefix(3).map(\.name)
    }
}

extension String {
    /// The letters and digits in lower case.
    var lettersOnly: [Character] {
        lowercased().filter { $0 != "_" && $0 != "-" }
    }
}

/// The number of letters to insert, delete, replace or swap with their neighbour to turn one word into the other.
///
/// This is the optimal string alignment distance, by its usual recurrence over three rows.
func editDistance(_ a: [Character], _ b: [Character]) -> Int {
    guard !a.isEmpty, !b.isEmpty else { return max(a.count, b.count) }
    var beforeLast = [Int](repeating: 0, count: b.count + 1)
    var last = Array(0...b.count)
    for i in 1...a.count {
        var row = [i]
        for j in 1...b.count {
            var distance = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1))
            if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] {
                distance = min(distance, beforeLast[j - 2] + 1)
            }
            row.append(distance)
        }
        (beforeLast, last) = (last, row)
    }
    return last[b.count]
}
