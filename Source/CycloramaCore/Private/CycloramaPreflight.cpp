#include "CycloramaPreflight.h"

#include "CycloramaCluster.h"
#include "CycloramaCore.h"
#include "CycloramaSettings.h"
#include "CycloramaSlate.h"
#include "CycloramaText.h"
#include "CycloramaTracking.h"

THIRD_PARTY_INCLUDES_START
#include "Bridge/preflight.h"
#include "Bridge/settings.h"
THIRD_PARTY_INCLUDES_END

static_assert(static_cast<uint32>(cyclorama::Level::Problem) == static_cast<uint32>(ECycloramaLevel::Problem));
static_assert(static_cast<uint32>(cyclorama::Fix::RecordTakes) == static_cast<uint32>(ECycloramaFix::RecordTakes));

namespace
{
	void TellOfCluster(cyclorama::ProjectFacts& Told)
	{
		const FCycloramaCluster& Cluster = FCycloramaCluster::Get();
		const FCycloramaClusterFacts& Facts = Cluster.Facts();
		const ECycloramaRole Role = Cluster.Role();
		Told.in_cluster = Role != ECycloramaRole::Alone;
		Told.is_primary = Role == ECycloramaRole::Alone || Role == ECycloramaRole::Primary;
		Told.version = CycloramaText::ToCore(FCycloramaCoreModule::Version());
		Told.sync_policy = CycloramaText::ToCore(Facts.SyncPolicy);
		Told.waits_for = CycloramaText::ToCore(Cluster.Waits());
		for (const FString& Name : Facts.Nodes)
		{
			const FString* Version = Facts.Versions.Find(Name);
			cyclorama::NodeFacts Node;
			Node.name = CycloramaText::ToCore(Name);
			Node.version = CycloramaText::ToCore(Version ? *Version : FString());
			Told.nodes.push_back(std::move(Node));
		}
	}

	TArray<FCycloramaFinding> FromCore(const rust::Vec<cyclorama::Finding>& Findings)
	{
		TArray<FCycloramaFinding> Found;
		for (const cyclorama::Finding& From : Findings)
		{
			FCycloramaFinding To;
			To.Level = static_cast<ECycloramaLevel>(From.level);
			To.Fix = static_cast<ECycloramaFix>(From.fix);
			To.Title = CycloramaText::FromCore(From.title);
			To.Words = CycloramaText::FromCore(From.words);
			To.Button = CycloramaText::FromCore(From.button);
			Found.Add(To);
		}
		return Found;
	}
}

TArray<FCycloramaFinding> CycloramaPreflight::Check(const FCycloramaFacts& Facts)
{
	const UCycloramaSettings& Settings = *GetDefault<UCycloramaSettings>();
	cyclorama::ProjectFacts Told;
	Told.connection = CycloramaText::ToCore(Settings.Connection);
	Told.takes_folder = CycloramaText::ToCore(Settings.TakesFolder.Path);
	Told.timecode_provider = CycloramaText::ToCore(Facts.TimecodeProvider);
	Told.custom_time_step = CycloramaText::ToCore(Facts.CustomTimeStep);
	Told.session = FCycloramaTracking::NumberOf(Settings.Connection);
	Told.sources = static_cast<uint32>(Facts.Sources);
	TellOfCluster(Told);
	Told.slows_in_background = Facts.bSlowsInBackground;
	Told.follows_take_recorder = Settings.bFollowTakeRecorder && Facts.bTakeRecorder;
	Told.records_takes = FCycloramaSlate::Get().View().bRecording;
	return FromCore(cyclorama::preflight(Told));
}

TArray<FCycloramaFinding> CycloramaPreflight::CheckCluster()
{
	cyclorama::ProjectFacts Told;
	Told.session = FCycloramaTracking::NumberOf(GetDefault<UCycloramaSettings>()->Connection);
	TellOfCluster(Told);
	return FromCore(cyclorama::preflight_cluster(Told));
}

bool CycloramaPreflight::MakeTakesFolder()
{
	return cyclorama::make_takes_folder(CycloramaText::ToCore(GetDefault<UCycloramaSettings>()->TakesFolder.Path)) == cyclorama::Status::Ok;
}

TArray<FCycloramaSettingRow> CycloramaPreflight::Settings()
{
	TArray<FCycloramaSettingRow> Rows;
	for (const cyclorama::SettingRow& From : cyclorama::settings_table())
	{
		FCycloramaSettingRow To;
		To.Name = CycloramaText::FromCore(From.name);
		To.Shown = CycloramaText::FromCore(From.shown);
		To.Sentence = CycloramaText::FromCore(From.sentence);
		To.Unit = CycloramaText::FromCore(From.unit);
		To.Key = CycloramaText::FromCore(From.key);
		To.Least = From.least;
		To.Most = From.most;
		To.bLimited = From.limited;
		Rows.Add(To);
	}
	return Rows;
}
