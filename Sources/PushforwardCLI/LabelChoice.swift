internal import Foundation
internal import Pushforward

/// The choice of `--labels`.
struct LabelChoice {
    private let classes: [Int]
    private let isSorted: Bool

    init(_ text: String, _ layout: DataLayout, of run: String) throws {
        isSorted = text == "all"
        if text == "all" || text == "balanced" {
            classes = Array(0..<layout.classes)
            return
        }
        classes = try text.split(separator: ",", omittingEmptySubsequences: false).map { part in
            let name = part.trimmingCharacters(in: .whitespaces)
            guard let label = Int(name), (0..<layout.classes).contains(label) else {
                throw RequestError(Self.message(name, text, layout, of: run))
            }
            return label
        }
    }

    private static func message(_ part: String, _ text: String, _ layout: DataLayout, of run: String) -> String {
        let mistake =
            if text.isEmpty {
                "--labels names no class."
            } else if part.isEmpty {
                "--labels: '\(text)' has a comma with nothing beside it."
            } else {
                "--labels: '\(part)' is no class of \(run)."
            }
        let most = layout.classes - 1
        let range = most == 0 ? "the number 0" : "numbers from 0 to \(most) with commas, such as 0,\(most)"
        let names = layout.classNames.prefix(20).enumerated().map { "\($0) \($1)" }.joined(separator: ", ")
        let rest = layout.classes > 20 ? ", and \(layout.classes - 20) more" : ""
        return "\(mistake) Write balanced, all, or \(range). The classes are \(names)\(rest)."
    }

    /// The classes of `count` samples.
    func labels(_ count: Int) -> [Int] {
        let cycled = (0..<count).map { classes[$0 % classes.count] }
        return isSorted ? cycled.sorted() : cycled
    }
}
