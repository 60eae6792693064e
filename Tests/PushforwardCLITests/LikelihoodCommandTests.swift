import Foundation
import TestSupport
import Testing

@Suite("The command likelihood", .serialized) struct LikelihoodCommandTests {
    @Test("points: one line per tolerance, JSON with the prior, mistakes with what to do")
    func points() throws {
        try withTemporaryFolder { folder in
            try Program(SmallRun.flow("run", steps: 5), in: folder).outcome().expectSuccess()
            let outcome = try Program.run(
                "likelihood", "--run", "run", "--data", "two_modes", "--count", "20", "--divergence", "exact",
                "--tolerance", "1e-1", "1e-2", "--json", "numbers.json", in: folder)
            outcome.expectSuccess()
            #expect(outcome.output.contains("prior N(0, I) at t = 0"))
            let json = try text(of: folder.appending(path: "numbers.json"))
            #expect(json.contains("\"bits_per_dimension\"") && json.contains("\"tolerance\" : 0.01"))
            try Program.run("likelihood", "--run", "run", "--unconditional", in: folder)
                .expectRefusal("the run dropped no labels")
            try Program.run("likelihood", "--run", "run", "--data", "nothing", in: folder).expectRefusal("nothing")
        }
    }
}
