using System.Collections.Frozen;

namespace CubeActors.Node;

/// <summary>What a key of datanode.json holds; see <see cref="DataNodeFile"/> for what each kind accepts.</summary>
internal enum KeyKind { Text, Flag, Integer, Number, TextList }

/// <summary>A key of datanode.json.</summary>
/// <param name="Default">What an absent key means, for people; "needed" where there is no start without it.</param>
/// <param name="Used">False: known and accepted, without effect in this version.</param>
/// <param name="Instead">Of a key without effect: what this node does in its place. Said at the start, if the key would have changed anything.</param>
internal sealed record DataNodeKey(string Name, KeyKind Kind, string Default, string Meaning, bool Used = false, string Instead = "")
{
    /// <summary>What a number counts; empty where it has no unit, or none of ours.</summary>
    public string Unit { get; init; } = "";

    /// <summary>The least and the most that are taken as they are; null where a value is no number, or has no effect. A test holds the readers to it. 0 means the default besides.</summary>
    public (long Least, long Most)? Range { get; init; }
}

/// <summary>All keys that a CubeFS data node reads. Source: CubeFS v3.5.3, datanode/server.go parseConfig and the places it calls.</summary>
internal static class DataNodeKeys
{
    private const KeyKind Text = KeyKind.Text, Flag = KeyKind.Flag, Integer = KeyKind.Integer, Number = KeyKind.Number, TextList = KeyKind.TextList;
    private const long YearSeconds = 365 * 24 * 60 * 60;
    private const string OwnConnections = "repair dials TCP connections of its own, one an operation, as every node of a cluster listens on both";
    private const string OwnRuntime = "the .NET runtime returns memory by itself; its limits are the DOTNET_GC... variables of the environment";

    public static readonly IReadOnlyList<DataNodeKey> All =
    [
        new("role", Text, "needed", "must be datanode", Used: true),
        new("listen", Text, "needed", "port for packets, customary 17310, from 1024 on", Used: true) { Range = (1024, 65535) },
        new("prof", Text, "no HTTP", "port for probes and operators, customary 17320", Used: true) { Range = (1, 65535) },
        new("raftHeartbeat", Text, "needed", "raft heartbeat port, customary 17330", Used: true) { Range = (1, 65535) },
        new("raftReplica", Text, "needed", "raft replication port, customary 17340", Used: true) { Range = (1, 65535) },
        new("localIP", Text, "the master tells", "IPv4 address that others reach the node by", Used: true),
        new("bindIp", Flag, "false", "listen on localIP only", Used: true),
        new("masterAddr", TextList, "needed", "addresses of the masters, all with one port", Used: true),
        new("nameResolveInterval", Integer, "1", "after which the masters' names are looked up again", Used: true) { Unit = "min", Range = (1, 60) },
        new("httpPoolSize", Integer, "128", "connections to one master; 128 at the least", Used: true) { Range = (1, int.MaxValue) },
        new("zoneName", Text, "default", "zone of the node", Used: true),
        new("serviceIDKey", Text, "none", "key sent at registration", Used: true),
        new("mediaType", Integer, "needed", "1 SSD, 2 HDD", Used: true) { Range = (1, 2) },

        new("raftDir", Text, "needed", "home of constcfg, whose ports must equal these", Used: true),
        new("tickInterval", Number, "300", "raft tick in ms; 300 at the least", Used: true) { Unit = "ms", Range = (0, 60_000) },
        new("raftRecvBufSize", Integer, "2048", "messages of peers that wait for a raft group; 2048 at the least", Used: true) { Range = (1, 1_000_000) },
        new("raftMonZombieThrSec", Integer, "180", "a raft peer silent for so many seconds is an alarm", Used: true) { Unit = "s", Range = (1, YearSeconds) },
        new("raftMonZombieTooLongThrSec", Integer, "180", "seconds until that alarm is repeated", Used: true) { Unit = "s", Range = (1, YearSeconds) },
        new("raftMonNoLeaderThrSec", Integer, "30", "a raft group so many seconds without leader is an alarm", Used: true) { Unit = "s", Range = (1, YearSeconds) },
        new("raftMonNoLeaderTooLongThrSec", Integer, "180", "seconds until that alarm is repeated", Used: true) { Unit = "s", Range = (1, YearSeconds) },

        new("disks", TextList, "no disk", "disks as path:reservedBytes", Used: true),
        new("diskPath", Text, "none", "prefix:reservedBytes; every mount point that begins with the prefix is a disk, and disks is not read", Used: true),
        new("diskRdonlySpace", Integer, "5 GiB", "free bytes below which a disk takes no new partitions and is reported read-only; a disk's own reserve at the least", Used: true) { Unit = "B", Range = (1, long.MaxValue) },
        new("diskUnavailableErrorCount", Integer, "5", "I/O errors after which a disk is given up", Used: true) { Range = (1, 100) },
        new("diskUnavailablePartitionErrorCount", Integer, "3", "broken partitions after which a disk is given up", Used: true) { Range = (1, 100) },
        new("diskCurrentLoadDpLimit", Integer, "4", "partitions of a disk loaded at once", Used: true) { Range = (1, 256) },
        new("diskCurrentStopDpLimit", Integer, "4", "partitions of a disk stopped at once", Used: true) { Range = (1, 256) },
        new("enableDiskReadRepairExtentLimit", Flag, "false", "one repair read of others at a time and disk", Used: true),
        new("cacheCap", Integer, "100", "open extents of a partition", Used: true) { Range = (1, 100_000) },
        new("extentCacheTtlByMin", Integer, "30", "minutes an idle extent stays open", Instead: "an open extent is closed when cacheCap others were used since") { Unit = "min" },

        new("diskQosEnable", Flag, "true", "limits of client I/O, if the master has them on too", Used: true),
        new("diskAsyncQosEnable", Flag, "true", "limits of repair and deletes", Used: true),
        .. from operation in (string[])["Read", "Write", "AsyncRead", "AsyncWrite", "Delete"]
           from limit in (string[])["Iocc", "Iops", "Flow"]
           let isAsyncIocc = limit == "Iocc" && operation.StartsWith("Async", StringComparison.Ordinal)
           let what = limit switch { "Iocc" => "operations at a time", "Iops" => "operations a second", _ => "bytes a second" }
           select new DataNodeKey(
               $"disk{operation}{limit}", Integer, isAsyncIocc ? $"{Actors.DiskQosSettings.AsyncConcurrentDefault}" : "0", $"{what} of a disk; 0 is no limit", Used: true)
           {
               Unit = limit switch { "Iocc" => "", "Iops" => "1/s", _ => "B/s" },
               Range = (1, int.MaxValue),
           },

        new("smuxPortShift", Integer, "500", "smux port is listen plus this", Used: true) { Range = (1, 65535) },
        new("enableSmuxConnPool", Flag, "false", "smux for repair", Instead: OwnConnections),
        new("smuxMaxConn", Integer, "16", "smux connections to a peer", Instead: OwnConnections),
        new("smuxStreamPerConn", Integer, "1", "streams of a smux connection", Instead: OwnConnections),
        new("smuxMaxBuffer", Integer, "4 MiB", "bytes that one smux connection may have received and not worked off", Used: true) { Unit = "B", Range = (64 * 1024, int.MaxValue) },
        new("sumxTotalStream", Integer, "1000000", "smux streams in all; the key is spelt like this", Instead: OwnConnections),

        new("logDir", Text, "stderr", "directory of log files, which lie in its sub-directory dataNode", Used: true),
        new("logLevel", Text, "error", "debug, info, warn, error or critical", Used: true),
        new("logRotateSize", Integer, "built in", "MiB at which a log file is set aside", Used: true) { Unit = "MiB", Range = (0, 1 << 24) },
        new("logRotateHeadRoom", Integer, "built in", "MiB of the log disk left free by log files that are set aside", Used: true) { Unit = "MiB", Range = (0, 1 << 24) },
        new("logLeftSpaceLimitRatio", Text, "0.05", "share of the log disk left free, where logRotateHeadRoom says nothing", Used: true),
        new("enableLogPanicHook", Flag, "false", "flush logs on a crash", Instead: "what is logged always reaches the files before an unhandled exception ends the process"),
        new("warnLogDir", Text, "none", "directory of alarm logs", Instead: "alarms of the UMP system are lines of the log and metrics here, and no files of their own"),
        new("buffersTotalLimit", Integer, "0", "buffers of 128 KiB in memory at once; 0 leaves cubeactors.data-path.buffer-budget", Used: true) { Unit = "128 KiB", Range = (TunableReader.BufferBudgetMin / Runtime.BufferPool.BlockBytes, 8 << 20) },
        new("exporterEnable", Flag, "true", "metrics on or off", Used: true),
        new("exporterPort", Integer, "0", "metrics port, customary 9500; 0 lets the system choose", Used: true) { Range = (0, 65535) },
        new("enablePid", Flag, "false", "partition labels on metrics", Used: true),
        new("consulAddr", Text, "none", "consul that is told of the metrics port", Used: true),
        new("consulMeta", Text, "built in", "k1=v1;k2=v2 for consul", Used: true),
        new("ipFilter", Text, "none", "regular expression for the address that consul is told; ! before it turns it round", Used: true),
        new("pushAddr", Text, "none", "push gateway that metrics are sent to; consul is not told then", Used: true),
        new("subdir", Text, "/", "mount point that the push gateway is told", Used: true),
        new("metricsDegrade", Integer, "0", "below 0 operations are not measured, n measures one in n", Used: true) { Range = (int.MinValue, int.MaxValue) },
        new("enableGcTimer", Flag, "false", "memory recycler of the Go runtime", Instead: OwnRuntime),
        new("gcRecyclePercent", Text, "0.90", "memory recycler of the Go runtime", Instead: OwnRuntime),
    ];

    /// <summary>Keys often seen in sample files that no data node has ever read, with what to say about each.</summary>
    public static readonly FrozenDictionary<string, string> Dead = new Dictionary<string, string>
    {
        ["cell"] = "no data node reads it",
        ["port"] = "no data node reads it; the port is listen",
        ["diskIopsReadLimit"] = "no data node reads it; the limit is diskReadIops",
        ["diskIopsWriteLimit"] = "no data node reads it; the limit is diskWriteIops",
        ["diskFlowReadLimit"] = "no data node reads it; the limit is diskReadFlow",
        ["diskFlowWriteLimit"] = "no data node reads it; the limit is diskWriteFlow",
        ["diskWQueFactor"] = "no data node reads it from here; it is set with /setDiskQos while the node runs",
        ["clientIDKey"] = "it belongs to clients; a data node's key is serviceIDKey",
        ["token"] = "it belongs to clients; a data node's key is serviceIDKey",
    }.ToFrozenDictionary();

    public static readonly FrozenDictionary<string, DataNodeKey> ByName = All.ToFrozenDictionary(key => key.Name);
}
