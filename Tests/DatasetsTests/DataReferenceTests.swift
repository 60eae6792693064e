import Datasets
import Testing
import Torch

@Suite("References to data") struct DataReferenceTests {
    @Test("A name with a split, and without")
    func parsing() throws {
        #expect(try DataReference(parsing: "mnist:train") == DataReference("mnist", .train))
        #expect(try DataReference(parsing: "mnist", default: .test) == DataReference("mnist", preferring: .test))
        #expect(try DataReference(parsing: "mnist").description == "mnist")
        #expect(throws: DatasetError.self) { try DataReference(parsing: "mnist:validation") }
    }

    @Test("An unknown name is an error that lists the known ones")
    func unknown() {
        let error = #expect(throws: DatasetError.self) { try DataReference("minst", nil).open() }
        #expect(error?.message.contains("fashion-mnist") == true)
    }

    @Test("Some examples of many lie at equal distances")
    func spread() throws {
        let data = try TensorDataset(values: Tensor.zeros([10, 1]))
        #expect(data.spread(5) == [0, 2, 4, 6, 8])
        #expect(data.spread(20) == Array(0..<10))
    }
}
