namespace CubeActors.Pbm.Tests;

/// <summary>One command, what the node answers, and by its name the two files that hold what is shown.</summary>
/// <param name="Line">From the palette on.</param>
internal sealed record GoldenCase(string Name, string Line, params IReadOnlyList<(string Request, string Data)> Answers)
{
    /// <summary>Its exit code.</summary>
    public int Code { get; init; }

    public override string ToString() => Name;
}

/// <summary>Every command at least once. The answers are those of nodes, shortened.</summary>
internal static class GoldenCases
{
    private const string Node =
        """
        {"version":"0.1.0","commit":"d9a8b23","runtime":".NET 10.0.0","os":"Debian GNU/Linux 13","architecture":"X64","processId":4711,"startedAt":"2026-01-02T02:00:00+00:00","uptimeSeconds":3845.2,
        "address":"127.0.0.11:17310","nodeId":4,"cluster":"spark","zone":"default","phase":"Loading","notReady":["disk /data/disk1 is still being loaded"],
        "phases":[{"name":"Process","at":"2026-01-02T02:00:00.000Z","seconds":0.21,"over":true},{"name":"Loading","at":"2026-01-02T02:00:00.210Z","seconds":12,"over":false}],"leftSeconds":75.5,
        "disks":1,"partitions":{"Loading":3,"Serving":12},"groupsLed":2,"connections":17,"parked":3,"replyMismatches":1}
        """;

    private const string Partitions =
        """
        {"partitions":[
        {"id":10,"volume":"photos","disk":"/data/disk1","directory":"/data/disk1/datapartition_10_1000","state":"Serving","stage":"Serving","gate":"open","parked":0,"status":2,"sizeBytes":1073741824,"usedBytes":314572800,"extents":70,"role":"Leader","leader":4,"isLeader":true,"isRepairing":false,"diskErrors":0,"hosts":["127.0.0.11:17310","127.0.0.12:17310"],"peers":[{"id":4,"address":"127.0.0.11:17310"},{"id":5,"address":"127.0.0.12:17310"}]},
        {"id":9,"volume":"photos","disk":"/data/disk1","state":"Loading","stage":"LoadingExtents","stageDone":250,"stageTotal":1000,"gate":"none, callers wait","parked":3,"sizeBytes":1073741824,"usedBytes":0,"extents":0,"role":"Follower","leader":5,"isLeader":false,"isRepairing":false,"diskErrors":0,"hosts":[],"peers":[]},
        {"id":11,"volume":"logs","disk":"/data/disk1","state":"Unavailable","reason":"META: [damaged]","stage":"OpeningLog","gate":"none","parked":0,"status":-1,"sizeBytes":1073741824,"usedBytes":0,"extents":0,"isLeader":false,"isRepairing":true,"rebuildShare":0.4321,"diskErrors":2,"hosts":[],"peers":[]}]}
        """;

    private const string Partition =
        """
        {"id":10,"volume":"photos","disk":"/data/disk1","directory":"/data/disk1/datapartition_10_1000","state":"Serving","stage":"Serving","gate":"no space","parked":0,"status":1,"sizeBytes":1073741824,"usedBytes":314572800,"extents":70,"role":"Follower","leader":5,"isLeader":false,"isRepairing":true,"rebuildShare":0.5,"diskErrors":1,"hosts":["127.0.0.11:17310","127.0.0.12:17310"],"peers":[{"id":4,"address":"127.0.0.11:17310"},{"id":5,"address":"127.0.0.12:17310"}]}
        """;

    private const string Groups =
        """
        {"groups":[
        {"partition":10,"self":4,"role":"Leader","leader":4,"leaderAddress":"127.0.0.11:17310","term":3,"vote":4,"first":1,"last":120,"commit":118,"applied":118,"waiting":0,"dropped":0,"refused":0,"members":[{"id":4,"address":"127.0.0.11:17310"},{"id":5,"address":"127.0.0.12:17310","state":"Replicate","match":118,"next":121,"commit":117,"behind":2,"inFlight":1,"isPaused":false,"isActive":true,"silentSeconds":0.3}]},
        {"partition":9,"self":4,"role":"Follower","term":7,"first":10,"last":20,"commit":20,"applied":15,"waiting":2,"dropped":1,"refused":0,"members":[{"id":4,"address":"127.0.0.11:17310"},{"id":5}]}]}
        """;

    private const string Group =
        """
        {"partition":10,"self":4,"role":"Leader","leader":4,"leaderAddress":"127.0.0.11:17310","term":3,"first":1,"last":120,"commit":118,"applied":110,"waiting":0,"dropped":0,"refused":0,"members":[{"id":4,"address":"127.0.0.11:17310"},{"id":5,"address":"127.0.0.12:17310","state":"Replicate","match":118,"next":121,"commit":117,"behind":2,"inFlight":1,"isPaused":true,"isActive":true,"silentSeconds":0.3},{"id":6,"address":"127.0.0.13:17310","state":"Probe","match":0,"next":1,"commit":0,"behind":120,"inFlight":0,"isPaused":false,"isActive":false,"silentSeconds":90}]}
        """;

    private const string Disks =
        """
        {"disks":[{"path":"/data/disk1","state":"Ready","totalBytes":1099511627776,"usedBytes":549755813888,"availableBytes":544387104768,"reservedBytes":5368709120,"allocatedBytes":3221225472,"isWritable":true,"isDecommissioned":false,"partitions":3,"partitionsSettled":3,"stalledLoads":0,"failedPartitions":[7],"backups":1,"badSince":"2026-01-02T03:00:00+00:00","device":"/dev/sdb1","busyPercent":12.5,"classes":[{"class":"client","waiting":2,"running":1,"done":1000,"busySeconds":2.5},{"class":"load","waiting":0,"running":0,"done":3,"busySeconds":1.5},{"class":"repair","waiting":0,"running":0,"done":0,"busySeconds":0}],"logQueue":4,"repairStreams":1,"repairTasks":0,"limits":[{"kind":"read","atOnceMax":0,"operationsPerSecondMax":0,"bytesPerSecondMax":0,"running":0,"waiting":0},{"kind":"repair read","atOnceMax":16,"operationsPerSecondMax":100,"bytesPerSecondMax":1048576,"running":1,"waiting":5}]}]}
        """;

    private const string Members =
        """
        {"self":4,"address":"127.0.0.11:17310","cluster":"spark","members":[{"id":5,"address":"127.0.0.12:17310","raftHeartbeat":"127.0.0.12:17330","reachability":"Reachable","partitions":3,"ledThere":1,"ledHere":2,"silentSeconds":0.2,"connections":4},{"id":6,"address":"127.0.0.13:17310","raftHeartbeat":"127.0.0.13:17330","reachability":"Unreachable","partitions":1,"ledThere":0,"ledHere":1,"silentSeconds":75.5,"failingSeconds":70,"connections":0}]}
        """;

    private const string Actors =
        """
        {"shown":4,"silent":1,"actor":{"path":"node","kind":"node","state":"Ready","answered":true,"startedAt":"2026-01-02T02:00:00+00:00","mailbox":0,"restarts":0,"details":{"address":"127.0.0.11:17310"},"children":[
        {"path":"node/partition-10","state":"no answer","answered":false,"mailbox":9,"restarts":0,"details":{},"children":[],"omitted":0,"lost":[]},
        {"path":"node/partition-9","kind":"partition","state":"Serving","answered":true,"startedAt":"2026-01-02T03:00:00+00:00","since":"2026-01-02T03:01:00+00:00","mailbox":1,"restarts":2,"lastFailure":{"name":"partition-9","directive":"Restart","message":"IOException: no","at":"2026-01-02T03:04:00+00:00"},"details":{"volume":"photos","stage":"Serving"},"children":[{"path":"node/partition-9/raft","kind":"raft group","state":"Leader","answered":true,"mailbox":0,"restarts":0,"details":{"term":"3"},"children":[],"omitted":0,"lost":[]}],"omitted":3,"lost":[{"name":"repairs","directive":"Stop","message":"IOException: gone","at":"2026-01-02T03:03:00+00:00"}]}],"omitted":0,"lost":[]}}
        """;

    private const string Actor =
        """
        {"shown":2,"silent":0,"actor":{"path":"node/partition-9","kind":"partition","state":"Serving","answered":true,"startedAt":"2026-01-02T03:00:00+00:00","since":"2026-01-02T03:01:00+00:00","mailbox":1,"restarts":2,"lastFailure":{"name":"partition-9","directive":"Restart","message":"IOException: no","at":"2026-01-02T03:04:00+00:00"},"details":{"volume":"photos","stage":"Serving"},"children":[{"path":"node/partition-9/raft","kind":"raft group","state":"Leader","answered":true,"mailbox":0,"restarts":0,"details":{"term":"3"},"children":[],"omitted":0,"lost":[]}],"omitted":3,"lost":[{"name":"repairs","directive":"Stop","message":"IOException: gone","at":"2026-01-02T03:03:00+00:00"}]}}
        """;

    private const string Open =
        """
        {"kept":false,"problem":"the disk is full","operations":[{"id":"0198c0de-0000-7000-8000-000000000001","kind":"RepairTask","state":"Running","partition":10,"disk":"/data/disk1","peer":"127.0.0.12:17310","detail":"fetch 40 normal extents","acceptedAt":"2026-01-02T03:00:00+00:00","startedAt":"2026-01-02T03:01:00+00:00","progress":{"done":10,"of":40,"unit":"extents","percent":25},"movedAt":"2026-01-02T03:04:00+00:00","result":"","runs":1,"isStalled":false,"canCancel":true},
        {"id":"0198c0de-0000-7000-8000-000000000002","kind":"Drain","state":"Accepted","detail":"hand over all groups","acceptedAt":"2026-01-02T03:04:00+00:00","progress":null,"movedAt":"2026-01-02T03:04:00+00:00","result":"","runs":1,"isStalled":true,"canCancel":false}]}
        """;

    private const string Ended =
        """
        {"kept":true,"problem":"","operations":[{"id":"0198c0de-0000-7000-8000-000000000003","kind":"Cycle","state":"Done","partition":10,"detail":"compare","acceptedAt":"2026-01-02T02:00:00+00:00","startedAt":"2026-01-02T02:00:00+00:00","endedAt":"2026-01-02T02:00:02.5+00:00","progress":{"done":3,"of":3,"unit":"replicas"},"movedAt":"2026-01-02T02:00:02+00:00","result":"nothing lacks","runs":1,"isStalled":false,"canCancel":false},
        {"id":"0198c0de-0000-7000-8000-000000000004","kind":"CreatePartition","state":"Failed","partition":11,"peer":"127.0.0.1:17010","detail":"create","acceptedAt":"2026-01-02T02:10:00+00:00","endedAt":"2026-01-02T02:10:01+00:00","progress":{"done":0,"of":0,"unit":""},"movedAt":"2026-01-02T02:10:00+00:00","result":"No disk space to create a data partition","runs":1,"isStalled":false,"canCancel":false}]}
        """;

    private const string Operation =
        """
        {"id":"0198c0de-0000-7000-8000-000000000001","kind":"RepairTask","state":"Cancelled","partition":10,"disk":"/data/disk1","peer":"127.0.0.12:17310","detail":"fetch 40 normal extents","acceptedAt":"2026-01-02T03:00:00+00:00","startedAt":"2026-01-02T03:01:00+00:00","endedAt":"2026-01-02T03:03:00+00:00","progress":{"done":10,"of":40,"unit":"extents"},"movedAt":"2026-01-02T03:02:00+00:00","result":"by an operator","resumes":"0198c0de-0000-7000-8000-000000000000","runs":2,"isStalled":false,"canCancel":false}
        """;

    private const string Id = "0198c0de-0000-7000-8000-000000000001";

    private static readonly (string, string) Opens = ("GET /cubeactors/operations?state=open&limit=10000", Open), Ends = ("GET /cubeactors/operations?limit=10000", Ended),
        One = ($"GET /cubeactors/operations/{Id}", Operation), Cancel = ($"POST /cubeactors/operations/{Id}/cancel", Operation);

    public static IReadOnlyList<GoldenCase> All { get; } =
    [
        new("node-phase", "node phase", ("GET /cubeactors/node", Node)),
        new("node-version", "node version", ("GET /cubeactors/node", Node)),
        new(
            "node-config", "node config raft --changed",
            ("GET /cubeactors/config", """{"settings":[{"key":"raftDir","value":"/data/raft","source":"datanode.json"},{"key":"serviceIDKey","value":"(secret)","source":"datanode.json"},{"key":"cubeactors.raft.durability","value":"replicated","source":"default"}]}""")),
        new(
            "node-gc", "node gc",
            ("GET /cubeactors/runtime", """{"cpuSeconds":12.5,"residentBytes":150000000,"heapBytes":52428800,"committedBytes":67108864,"fragmentedBytes":1024,"limitBytes":4294967296,"allocatedBytes":1073741824,"pauseSeconds":0.123,"pausePercent":0.04,"mode":"workstation, interactive","generations":[{"name":"gen0","collections":10,"bytes":1048576},{"name":"pinned","bytes":4096}],"pinnedObjects":2,"threads":40,"poolThreads":8,"poolQueue":0,"poolDone":100000,"lockContentions":7,"openFiles":120}""")),
        new(
            "node-drain", "node drain",
            ("GET /cubeactors/drain", """{"state":"draining","since":"2026-01-02T03:04:00+00:00","secondsLeft":12.3,"groupsHandedOver":1,"groupsStillLed":1,"connections":3,"inFlight":2,"groups":[{"partition":7,"step":"HandedOver","to":"127.0.0.12:17310","why":""},{"partition":9,"step":"Led","to":"","why":"no other member is heard"}]}""")),
        new(
            "node-drain-wait", "node drain start --wait",
            ("POST /cubeactors/drain", """{"state":"idle","secondsLeft":0,"groupsHandedOver":0,"groupsStillLed":0,"connections":3,"inFlight":0,"groups":[]}"""),
            ("GET /cubeactors/drain", """{"state":"drained","since":"2026-01-02T03:04:00+00:00","secondsLeft":0,"groupsHandedOver":1,"groupsStillLed":1,"connections":3,"inFlight":0,"groups":[]}"""))
        {
            Code = ExitCode.Refused,
        },
        new("node-dump", "node dump --kind mini", ("POST /cubeactors/runtime/dump?kind=mini", """{"file":"/tmp/cubeactors-4711-20260102-030405.dmp","bytes":73400320,"seconds":1.2}""")),
        new("actor-tree", "actor tree", ("GET /cubeactors/actors", Actors)),
        new("actor-tree-silent", "actor tree --silent --depth 3", ("GET /cubeactors/actors?depth=3", Actors)),
        new("actor-show", "actor show node/partition-9", ("GET /cubeactors/actors?path=node%2Fpartition-9&depth=1", Actor)),
        new("partition-list", "partition list", ("GET /cubeactors/partitions", Partitions)),
        new("partition-show", "partition show 10", ("GET /cubeactors/partitions/10", Partition)),
        new(
            "partition-extents", "partition extents 10 --from 1 --limit 2",
            ("GET /cubeactors/partitions/10/extents?from=1&limit=2", """{"partition":10,"count":70,"bytes":314572800,"extents":[{"id":1,"kind":"tiny","bytes":8192,"modifiedAt":"2026-01-01T00:00:00+00:00"},{"id":1025,"kind":"normal","bytes":134217728,"modifiedAt":"2026-01-01T00:00:10+00:00","crc":48879,"locked":"mark"}]}""")),
        new("partition-gate", "partition gate", ("GET /cubeactors/partitions", Partitions)),
        new("partition-gate-one", "partition gate 10", ("GET /cubeactors/partitions/10", Partition)),
        new("partition-parked", "partition parked", ("GET /cubeactors/partitions", Partitions)),
        new("raft-list", "raft list", ("GET /cubeactors/raft", Groups)),
        new("raft-list-leaderless", "raft list --leaderless", ("GET /cubeactors/raft", Groups)),
        new("raft-show", "raft show 10", ("GET /cubeactors/raft/10", Group)),
        new("raft-transfer", "raft transfer 10 --to 127.0.0.12:17310", ("POST /cubeactors/raft/10/transfer?to=127.0.0.12%3A17310", """{"partition":10,"to":"127.0.0.12:17310"}""")),
        new("repair-list", "repair list", Opens),
        new("repair-history", "repair history", Ends),
        new("repair-show", $"repair show {Id}", One),
        new("repair-cancel", $"repair cancel {Id}", Cancel),
        new("operation-list", "operation list", Opens),
        new("operation-history", "operation history --failed", Ends),
        new("operation-show", $"operation show {Id}", One),
        new("operation-cancel", $"operation cancel {Id}", Cancel),
        new(
            "operation-alerts", "operation alerts",
            ("GET /cubeactors/alerts", """{"active":1,"alerts":[{"isActive":true,"clearedAt":null,"at":"2026-01-02T03:00:00+00:00","kind":"ReplyMismatch","operation":"0198c0de-0000-7000-8000-000000000001","partition":10,"extent":1025,"peer":"127.0.0.12:17310","expected":"request 7","got":"request 8","repeats":2}]}""")),
        new("disk-list", "disk list", ("GET /cubeactors/disks", Disks)),
        new("disk-show", "disk show /data/disk1", ("GET /cubeactors/disks?path=%2Fdata%2Fdisk1", Disks)),
        new("disk-io", "disk io", ("GET /cubeactors/disks", Disks)),
        new("cluster-members", "cluster members", ("GET /cubeactors/members", Members)),
        new("cluster-reachability", "cluster reachability", ("GET /cubeactors/members", Members)) { Code = ExitCode.Refused },
        new("log-level", "log level", ("GET /cubeactors/log/level", """{"level":"info"}""")),
        new("log-level-set", "log level debug", ("POST /cubeactors/log/level?level=debug", """{"level":"debug"}""")),
        new(
            "log-tail", "log tail --level warn -n 2",
            ("GET /cubeactors/log?lines=2&level=warn", """{"level":"info","lines":[{"at":"2026-01-02T03:00:00+00:00","level":"warn","where":"user/node/master","text":"a heartbeat [late]"},{"at":"2026-01-02T03:00:01+00:00","level":"error","where":"","text":"no"}]}""")),
        new(
            "log-slow", "log slow",
            ("GET /cubeactors/slow", """{"thresholdMilliseconds":500,"count":3,"requests":[{"at":"2026-01-02T03:04:00+00:00","operation":"OpWrite","partition":10,"extent":1025,"offset":131072,"bytes":131072,"requestId":77,"client":"127.0.0.1:40000","followers":2,"milliseconds":1234.5,"ownMilliseconds":12.5,"result":"Ok"}]}""")),
    ];
}
