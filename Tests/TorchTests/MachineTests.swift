import Testing
import Torch

@Suite("Machine and devices")
struct MachineTests {
    @Test("versions and capabilities are known")
    func facts() {
        #expect(Machine.torchVersion.split(separator: ".").count >= 3)
        #expect(!Machine.cpuCapability.isEmpty)
    }

    @Test("operations use the threads that they are given")
    func threads() {
        let before = Machine.threads
        defer { Machine.threads = before }
        Machine.threads = 1
        #expect(Machine.threads == 1)
        #expect(throws: TorchError.self) { try catchingTorchErrors { Machine.threads = 0 } }
        #expect(Machine.threads == 1)
    }

    @Test("devices are read and written as PyTorch names them")
    func devices() throws {
        #expect(try Device(named: "cpu") == .cpu)
        #expect(Device.cuda(3).description == "cuda:3" && Device.mps.description == "mps")
        #expect(Device.available.first == .cpu && Device.cpu.isAvailable)
        for name in ["cuda:-1", "cuda:x", "gpu", ""] {
            #expect(throws: TorchError.self) { try Device(named: name) }
        }
        Device.cpu.synchronize()
    }

    @Test("tensors are counted")
    func alive() {
        let before = Machine.aliveTensorsOfThisThread
        // Without the extension a release build frees them before they are counted.
        withExtendedLifetime([Tensor(1), Tensor(2)]) {
            #expect(Machine.aliveTensorsOfThisThread == before + 2 && Machine.aliveTensors >= 2)
        }
        #expect(Machine.aliveTensorsOfThisThread == before)
    }
}
