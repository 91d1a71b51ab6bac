using System.Collections.Frozen;

namespace CubeActors.Node;

/// <summary>What a key of datanode.json holds; see <see cref="DataNodeFile"/> for what each kind accepts.</summary>
internal enum KeyKind { Text, Flag, Integer, Number, TextList }

/// <summary>A key of datanode.json.</summary>
/// <param name="Default">What an absent key means, for people; "needed" where there is no start without it.</param>
/// <param name="Used">False: known and accepted, without effect in this version.</param>
internal sealed record DataNodeKey(string Name, KeyKind Kind, string Default, string Meaning, bool Used = false);

/// <summary>All keys that a CubeFS data node reads. Source: CubeFS v3.5.3, datanode/server.go parseConfig and the places it calls.</summary>
internal static class DataNodeKeys
{
    private const KeyKind Text = KeyKind.Text, Flag = KeyKind.Flag, Integer = KeyKind.Integer, Number = KeyKind.Number, TextList = KeyKind.TextList;

    public static readonly IReadOnlyList<DataNodeKey> All =
    [
        new("role", Text, "needed", "must be datanode", Used: true),
        new("listen", Text, "needed", "port for packets, customary 17310", Used: true),
        new("prof", Text, "no HTTP", "port for probes and operators, customary 17320", Used: true),
        new("raftHeartbeat", Text, "needed", "raft heartbeat port, customary 17330", Used: true),
        new("raftReplica", Text, "needed", "raft replication port, customary 17340", Used: true),
        new("localIP", Text, "the master tells", "IPv4 address that others reach the node by", Used: true),
        new("bindIp", Flag, "false", "listen on localIP only", Used: true),
        new("masterAddr", TextList, "needed", "addresses of the masters", Used: true),
        new("nameResolveInterval", Integer, "1", "minutes between look-ups of the masters' names"),
        new("httpPoolSize", Integer, "128", "idle connections to masters"),
        new("zoneName", Text, "default", "zone of the node", Used: true),
        new("serviceIDKey", Text, "none", "key sent at registration", Used: true),
        new("mediaType", Integer, "needed", "1 SSD, 2 HDD", Used: true),

        new("raftDir", Text, "needed", "home of constcfg, whose ports must equal these", Used: true),
        new("tickInterval", Number, "300", "raft tick in ms; 300 at the least", Used: true),
        new("raftRecvBufSize", Integer, "2048", "raft receive queue, entries"),
        new("raftMonZombieThrSec", Integer, "built in", "raft alarm, seconds"),
        new("raftMonZombieTooLongThrSec", Integer, "built in", "raft alarm, seconds"),
        new("raftMonNoLeaderThrSec", Integer, "built in", "raft alarm, seconds"),
        new("raftMonNoLeaderTooLongThrSec", Integer, "built in", "raft alarm, seconds"),

        new("disks", TextList, "no disk", "disks as path:reservedBytes", Used: true),
        new("diskPath", Text, "none", "disks by mount point; refused, list them under disks", Used: true),
        new("diskRdonlySpace", Integer, "5 GiB", "free bytes below which a disk takes no writes"),
        new("diskUnavailableErrorCount", Integer, "5", "I/O errors after which a disk is given up"),
        new("diskUnavailablePartitionErrorCount", Integer, "3", "broken partitions after which a disk is given up"),
        new("diskCurrentLoadDpLimit", Integer, "4", "partitions of a disk loaded at once", Used: true),
        new("diskCurrentStopDpLimit", Integer, "4", "partitions of a disk stopped at once"),
        new("enableDiskReadRepairExtentLimit", Flag, "false", "one repair stream a disk"),
        new("cacheCap", Integer, "100", "open extents of a partition", Used: true),
        new("extentCacheTtlByMin", Integer, "30", "minutes an idle extent stays open"),

        new("diskQosEnable", Flag, "true", "limits of client I/O"),
        new("diskAsyncQosEnable", Flag, "true", "limits of background I/O"),
        .. from operation in (string[])["Read", "Write", "AsyncRead", "AsyncWrite", "Delete"]
           from limit in (string[])["Iocc", "Iops", "Flow"]
           let isAsyncIocc = limit == "Iocc" && operation.StartsWith("Async", StringComparison.Ordinal)
           select new DataNodeKey($"disk{operation}{limit}", Integer, isAsyncIocc ? "100" : "0", "limit of disk I/O; 0 is none"),
        new("diskWQueFactor", Integer, "built in", "limit of queued writes"),

        new("smuxPortShift", Integer, "500", "smux port is listen plus this", Used: true),
        new("enableSmuxConnPool", Flag, "false", "smux for repair"),
        new("smuxMaxConn", Integer, "16", "smux connections to a peer"),
        new("smuxStreamPerConn", Integer, "1", "streams of a smux connection"),
        new("smuxMaxBuffer", Integer, "4 MiB", "smux receive buffer"),
        new("sumxTotalStream", Integer, "1000000", "smux streams in all; the key is spelt like this"),

        new("logDir", Text, "stderr", "directory of log files, which lie in its sub-directory dataNode", Used: true),
        new("logLevel", Text, "error", "debug, info, warn, error or critical", Used: true),
        new("logRotateSize", Integer, "built in", "MiB at which a log file is set aside", Used: true),
        new("logRotateHeadRoom", Integer, "built in", "MiB of the log disk left free by log files that are set aside", Used: true),
        new("logLeftSpaceLimitRatio", Text, "0.05", "share of the log disk left free, where logRotateHeadRoom says nothing", Used: true),
        new("enableLogPanicHook", Flag, "false", "flush logs on a crash"),
        new("warnLogDir", Text, "none", "directory of alarm logs"),
        new("buffersTotalLimit", Integer, "0", "buffers of the Go node; here cubeactors.data-path.buffer-budget"),
        new("exporterEnable", Flag, "true", "metrics on or off", Used: true),
        new("exporterPort", Integer, "0", "metrics port, customary 9500; 0 lets the system choose", Used: true),
        new("enablePid", Flag, "false", "partition labels on metrics", Used: true),
        new("consulAddr", Text, "none", "consul that is told of the metrics port", Used: true),
        new("consulMeta", Text, "built in", "k1=v1;k2=v2 for consul", Used: true),
        new("ipFilter", Text, "none", "regular expression for the address that consul is told; ! before it turns it round", Used: true),
        new("pushAddr", Text, "none", "push gateway that metrics are sent to; consul is not told then", Used: true),
        new("subdir", Text, "/", "mount point that the push gateway is told", Used: true),
        new("metricsDegrade", Integer, "0", "below 0 operations are not measured, n measures one in n", Used: true),
        new("enableGcTimer", Flag, "false", "memory recycler of the Go runtime"),
        new("gcRecyclePercent", Text, "0.90", "memory recycler of the Go runtime"),
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
        ["clientIDKey"] = "it belongs to clients; a data node's key is serviceIDKey",
        ["token"] = "it belongs to clients; a data node's key is serviceIDKey",
    }.ToFrozenDictionary();

    public static readonly FrozenDictionary<string, DataNodeKey> ByName = All.ToFrozenDictionary(key => key.Name);
}
