import Foundation
import TestSupport
import Testing
import Torch

/// An operation, and the name under which `operations.safetensors` holds what PyTorch makes of the same inputs.
struct OperationCase: Sendable, CustomTestStringConvertible {
    let name: String
    let relative: Double
    let run: @Sendable (Inputs) -> [Tensor]

    init(_ name: String, relative: Double = 1e-5, _ run: @escaping @Sendable (Inputs) -> [Tensor]) {
        (self.name, self.relative, self.run) = (name, relative, run)
    }

    var testDescription: String { name }

    /// Compares all results with PyTorch's, shape, type and elements, and their number.
    func check() throws {
        let inputs = try Inputs()
        let results = run(inputs)
        for (index, result) in results.enumerated() {
            let expected = try #require(inputs.file["\(name)/\(index)"], "\(name) has fewer results in the fixture")
            #expect(result.dtype == expected.dtype, "result \(index)")
            assertClose(result, expected, relative: relative, absolute: relative)
        }
        #expect(inputs.file["\(name)/\(results.count)"] == nil, "the fixture has more results")
    }
}

/// The inputs of the fixture as properties, under the names that make_fixtures.py gives them.
@dynamicMemberLookup
struct Inputs {
    let file: SafetensorsFile

    init() throws {
        file = try SafetensorsFile(fixtures().appending(path: "operations.safetensors"))
    }

    subscript(dynamicMember name: String) -> Tensor {
        guard let tensor = file["input/\(name)"] else { fatalError("the fixture has no input '\(name)'") }
        return tensor
    }
}

@Suite("Operations")
struct OperationCoverageTests {
    @Test("every result of the fixture is compared")
    func coverage() throws {
        let families = [
            ElementwiseTests.cases, ReductionTests.cases, ShapeTests.cases, IndexingTests.cases,
            LinearAlgebraTests.cases, NetworkTests.cases,
        ]
        let compared = Set(families.joined().map(\.name))
        let stored = Set(try Inputs().file.names.filter { !$0.hasPrefix("input/") }.map { String($0.dropLast(2)) })
        #expect(compared == stored)
    }
}
