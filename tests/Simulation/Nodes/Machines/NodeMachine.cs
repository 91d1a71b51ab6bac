using System.Net;
using CubeActors.Protocol;
using CubeActors.Protocol.Master;
using CubeActors.Storage;
using CubeActors.TestKit;

namespace CubeActors.Simulation.Nodes;

/// <summary>One computer with one disk and the address of one data node; what it keeps when the process or the power goes.</summary>
internal sealed class NodeMachine
{
    public const string DiskPath = "/disk";
    public const int DataPort = 17310;
    public static readonly PartitionId Partition = new(21);
    public const long PartitionBytes = 1L << 30;

    private int _boots = 1;

    public NodeMachine(int index, int seed, TimeProvider clock)
    {
        Index = index;
        Host = $"127.0.0.{11 + index}";
        Files = new SimulatedFileSystem(seed, clock);
        Files.MakeDirectories(DiskPath);
    }

    public int Index { get; }
    public string Host { get; }
    public string Address => $"{Host}:{DataPort}";
    public IPEndPoint EndPoint => new(IPAddress.Parse(Host), DataPort);
    public SimulatedFileSystem Files { get; }

    /// <summary>The kernel's; changes with each loss of power.</summary>
    public string BootId => $"boot-{Index}-{_boots}";

    public bool HasLostPower { get; private set; }

    /// <summary>Null while none runs.</summary>
    public NodeProcess? Process { get; set; }

    /// <summary>Processes so far.</summary>
    public int Starts { get; set; }

    /// <summary>The next crash of its disk's making takes the power with it.</summary>
    public bool DiesOfPower { get; set; }

    public string Directory => $"{DiskPath}/{PartitionDirectory.NameOf(Partition, PartitionBytes)}";

    public Peer Peer => new() { Id = new NodeId((ulong)Index + 1), Address = Address };

    /// <param name="isNoticed">False for a kernel that does not say that it has started anew: a fault of the checks' own tests.</param>
    public void LosePower(bool isNoticed)
    {
        Files.PowerCut();
        HasLostPower = true;
        if (isNoticed) _boots++;
    }
}
