import Settings
import Testing

@Suite("Damaged settings files")
struct FuzzTests {
    private let valid = SampleSettings().yaml()

    @Test("a damaged file either reads or throws an error that says something", arguments: 0..<400)
    func damage(seed: UInt64) {
        var random = SplitMix64(state: seed)
        var letters = Array(valid)
        for _ in 0...random.below(4) {
            let place = random.below(letters.count)
            switch random.below(4) {
            case 0: letters.remove(at: place)
            case 1: letters.insert(contentsOf: random.text(), at: place)
            case 2: letters.swapAt(place, random.below(letters.count))
            default: letters.insert(contentsOf: letters[place..<min(place + 40, letters.count)], at: place)
            }
        }
        for problem in problems(String(letters)) {
            #expect(!problem.isEmpty && !problem.contains("\n"))
        }
    }

    @Test("each misspelt key is reported once, on its line, with the right key among the near misses")
    func misspeltKeys() {
        let lines = valid.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        for (index, line) in lines.enumerated() {
            guard let colon = line.firstIndex(of: ":"), !line.contains("#"), !line.contains("name:"),
                !line.contains("kind:")
            else { continue }
            var damaged = lines
            damaged[index].insert("x", at: colon)
            let key = line[..<colon].drop { $0 == " " }
            let found = problems(damaged.joined(separator: "\n"))
            #expect(found.count == 1)
            #expect(found.first?.contains("\(key)x: unknown key") == true)
            #expect(found.first?.contains("(line \(index + 1))") == true)
            #expect(found.first?.contains("Did you mean '\(key)'") == true)
        }
    }

    @Test("each doubled line with a key is reported as given before")
    func doubledKeys() {
        let lines = valid.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        for (index, line) in lines.enumerated() {
            guard line.contains(": "), !line.contains("#") else { continue }
            var doubled = lines
            doubled.insert(line, at: index)
            let found = problems(doubled.joined(separator: "\n"))
            #expect(found.count == 1)
            #expect(found.first?.hasSuffix("given before, on line \(index + 1) (line \(index + 2))") == true)
        }
    }
}
