using System.Globalization;

namespace CubeActors.Persistence.Tests;

public sealed class JournalFileTests : JournalTest
{
    [Fact]
    public void A_newer_schema_is_refused_in_one_sentence()
    {
        using (OpenJournal()) { }
        Sql("PRAGMA user_version = 2");
        Assert.Equal(
            $"The journal '{FilePath}' has schema version 2, written by a newer program; this one reads versions up to 1.",
            Assert.Throws<JournalException>(() => OpenJournal()).Message);
    }

    [Fact]
    public void A_schema_version_below_the_first_is_refused()
    {
        using (OpenJournal()) { }
        Sql("PRAGMA user_version = 0");
        Assert.Equal(
            $"The journal '{FilePath}' has the impossible schema version 0.", Assert.Throws<JournalException>(() => OpenJournal()).Message);
    }

    [Fact]
    public void The_database_of_another_program_is_refused_and_left_as_it_is()
    {
        Sql("CREATE TABLE theirs (x)");
        Assert.Equal(
            $"The file '{FilePath}' is a SQLite database, but not a journal of CubeActors.",
            Assert.Throws<JournalException>(() => OpenJournal()).Message);
        Sql("DROP TABLE theirs");
    }

    [Fact]
    public void A_file_that_is_no_database_is_refused_by_name()
    {
        File.WriteAllText(FilePath, string.Concat(Enumerable.Repeat("no database at all. ", 500)));
        Assert.StartsWith(
            $"The file '{FilePath}' is no SQLite database, or its header is damaged",
            Assert.Throws<JournalException>(() => OpenJournal()).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("PRAGMA user_version = 2", JournalFault.Newer)]
    [InlineData("PRAGMA user_version = 0", JournalFault.Damaged)]
    [InlineData("PRAGMA application_id = 7", JournalFault.Foreign)]
    public void What_is_wrong_with_a_file_is_told_apart(string sql, JournalFault expected)
    {
        using (OpenJournal()) { }
        Sql(sql);
        Assert.Equal(expected, Assert.Throws<JournalException>(() => OpenJournal()).Fault);
    }

    [Fact]
    public void What_is_no_database_is_damaged_and_what_cannot_be_reached_is_not()
    {
        Assert.Equal(JournalFault.Unavailable, Assert.Throws<JournalException>(() => OpenJournal(Path.Combine(Path.GetDirectoryName(FilePath)!, "missing", "journal.db"))).Fault);
        File.WriteAllText(FilePath, string.Concat(Enumerable.Repeat("no database at all. ", 500)));
        Assert.Equal(JournalFault.Damaged, Assert.Throws<JournalException>(() => OpenJournal()).Fault);
    }

    [Fact]
    public void A_missing_directory_is_named()
    {
        var path = Path.Combine(Path.GetDirectoryName(FilePath)!, "missing", "journal.db");
        Assert.StartsWith(
            $"The journal '{path}' cannot be opened: its directory is missing",
            Assert.Throws<JournalException>(() => OpenJournal(path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_journal_in_use_is_refused_to_a_second_owner()
    {
        using var first = OpenJournal();
        Assert.StartsWith(
            $"The journal '{FilePath}' is in use by another process", Assert.Throws<JournalException>(() => OpenJournal()).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Damage_in_the_middle_of_the_file_fails_the_recovery_and_names_the_file()
    {
        using (var journal = OpenJournal())
        {
            var ledger = StartLedger(journal);
            for (var i = 0; i < 40; i++)
                ledger.Tell(new Ledger.Add(new string('x', 3000) + i.ToString(CultureInfo.InvariantCulture)), Witness);
            Witness.ReceiveN(40);
            Stop(ledger);
        }
        using (var file = new FileStream(FilePath, FileMode.Open, FileAccess.ReadWrite))
        {
            // All pages behind the first, which carries header and schema.
            var junk = new byte[file.Length - 4096];
            Array.Fill(junk, (byte)0xA5);
            file.Position = 4096;
            file.Write(junk);
        }
        var again = Watch(SpawnLedger(OpenJournal()));
        Assert.StartsWith(
            $"The journal '{FilePath}' is damaged",
            Witness.FishForMessage<Ledger.RecoveryFailed>(_ => true).Reason, StringComparison.Ordinal);
        ExpectTerminated(again);
    }

    [Fact]
    public void What_a_handler_has_seen_is_in_a_copy_of_the_files_taken_while_the_journal_is_open()
    {
        var journal = OpenJournal();
        var ledger = StartLedger(journal);
        ledger.Tell(new Ledger.Add("one", "two"), Witness);
        Witness.ReceiveN(2);
        var copy = CopyOfOpenFiles();
        ledger.Tell(new Ledger.Add("three"), Witness); // after the crash that the copy stands for
        Witness.ReceiveN(1);
        ExpectWords(SpawnLedger(OpenJournal(copy)), "one two", 2);
    }

    [Fact]
    public void A_write_ahead_log_torn_at_any_frame_keeps_whole_commands_only()
    {
        var journal = OpenJournal();
        var ledger = StartLedger(journal);
        for (var i = 0; i < 5; i++) ledger.Tell(new Ledger.Add($"{i}a", $"{i}b"), Witness);
        Witness.ReceiveN(10);
        var log = new FileInfo(FilePath + "-wal").Length;
        var seen = new HashSet<long>();
        for (var cut = 32L; cut <= log; cut += 4096 + 24) // header, then frames of a page and its header
        {
            var copy = CopyOfOpenFiles();
            using (var file = new FileStream(copy + "-wal", FileMode.Open)) file.SetLength(cut);
            using var torn = OpenJournal(copy);
            var survivor = SpawnLedger(torn);
            survivor.Tell(new Ledger.Get(), TestActor);
            var words = ExpectMsg<Ledger.Words>();
            Assert.Equal(0, words.LastSequenceNr % 2);
            Assert.Equal(words.LastSequenceNr, words.All.Length);
            seen.Add(words.LastSequenceNr);
            Stop(survivor);
        }
        Assert.Equal([0L, 2, 4, 6, 8, 10], seen.Order());
    }

    // Sharing the lock's owner: the copy is read in this process, so no other process may rely on the original's lock afterwards.
    private string CopyOfOpenFiles()
    {
        var copy = Path.Combine(Path.GetDirectoryName(FilePath)!, $"copy-{Guid.NewGuid():N}.db");
        File.Copy(FilePath, copy);
        File.Copy(FilePath + "-wal", copy + "-wal");
        return copy;
    }
}
