// The facade over the core's content: fields are copied, nothing is decided.
#include "CycloramaAssets.h"

#include "CycloramaWorkHandle.h"

THIRD_PARTY_INCLUDES_START
#include "Bridge/assets.h"
THIRD_PARTY_INCLUDES_END

namespace
{
	using cyclorama::AssetWork;
	struct FAssetNames
	{
		static constexpr auto Poll = &AssetWork::assets_poll;
		static constexpr auto Items = &AssetWork::assets_items;
		static constexpr auto Cancel = &AssetWork::assets_cancel;
		static constexpr auto State = &AssetWork::assets_state;
		static constexpr auto Wait = &AssetWork::assets_wait;
		static constexpr auto Text = &AssetWork::assets_text;
		static constexpr auto Lines = &AssetWork::assets_lines;
	};
	using FAssetWork = CycloramaWork::THandle<AssetWork, FAssetNames>;

	TSharedPtr<FCycloramaWork> Begun(rust::Box<AssetWork> Work)
	{
		return TSharedPtr<FCycloramaWork>(MakeShared<FAssetWork>(std::move(Work)));
	}

	cyclorama::Keep KeepOf(ECycloramaKeep Keep)
	{
		switch (Keep)
		{
		case ECycloramaKeep::Mine:
			return cyclorama::Keep::Mine;
		case ECycloramaKeep::Theirs:
			return cyclorama::Keep::Theirs;
		default:
			return cyclorama::Keep::Ask;
		}
	}

	class FClosure final : public FCycloramaClosure
	{
	public:
		explicit FClosure(rust::Box<cyclorama::AssetClosure> In) : Inner(std::move(In)) {}

		TArray<FString> Ask() override { return CycloramaText::FromCore(Inner->closure_ask()); }
		void Answer(const FString& Package, const TArray<FString>& Hard, const TArray<FString>& Soft) override
		{
			Inner->closure_answer(CycloramaText::ToCore(Package), CycloramaText::ToCore(Hard), CycloramaText::ToCore(Soft));
		}
		void Unknown(const FString& Package) override { Inner->closure_unknown(CycloramaText::ToCore(Package)); }
		ECycloramaWorkState State() const override { return CycloramaWork::StateOf(Inner->closure_state()); }
		int32 ExitCode() const override { return static_cast<int32>(cyclorama::exit_code(Inner->closure_state())); }
		FString Text() const override { return CycloramaText::FromCore(Inner->closure_text()); }
		TArray<FString> Files() const override { return CycloramaText::FromCore(Inner->closure_files()); }
		TArray<FString> Missing() const override { return CycloramaText::FromCore(Inner->closure_missing()); }

	private:
		rust::Box<cyclorama::AssetClosure> Inner;
	};
}

TSharedPtr<FCycloramaWork> FCycloramaAssets::Publish(const FCycloramaPublish& What)
{
	cyclorama::PublishConfig Config;
	Config.folder = CycloramaText::ToCore(What.Folder);
	Config.store = CycloramaText::ToCore(What.Store);
	Config.message = CycloramaText::ToCore(What.Message);
	Config.engine_version = CycloramaText::ToCore(What.EngineVersion);
	Config.key_file = CycloramaText::ToCore(What.KeyFile);
	Config.accept_rollback = What.bAcceptRollback;
	Config.keep = KeepOf(What.Keep);
	Config.make_store = What.bMakeStore;
	Config.author = CycloramaText::ToCore(What.Author);
	Config.replace = What.bReplace;
	Config.refuse_locked = What.bRefuseLocked;
	Config.dry_run = What.bDryRun;
	return Begun(cyclorama::assets_publish(Config));
}

TSharedPtr<FCycloramaWork> FCycloramaAssets::Hydrate(const FCycloramaHydrate& What)
{
	cyclorama::HydrateConfig Config;
	Config.store = CycloramaText::ToCore(What.Store);
	Config.folder = CycloramaText::ToCore(What.Folder);
	Config.key_file = CycloramaText::ToCore(What.KeyFile);
	Config.accept_rollback = What.bAcceptRollback;
	Config.only = CycloramaText::ToCore(What.Only);
	Config.maps = CycloramaText::ToCore(What.Maps);
	Config.keep = KeepOf(What.Keep);
	Config.dry_run = What.bDryRun;
	return Begun(cyclorama::assets_hydrate(Config));
}

TSharedPtr<FCycloramaWork> FCycloramaAssets::Compare(const FString& Folder, const FString& Store, const FString& KeyFile, bool bAcceptRollback)
{
	cyclorama::StatusConfig Config;
	Config.folder = CycloramaText::ToCore(Folder);
	Config.store = CycloramaText::ToCore(Store);
	Config.key_file = CycloramaText::ToCore(KeyFile);
	Config.accept_rollback = bAcceptRollback;
	Config.explain = 50;
	return Begun(cyclorama::assets_status(Config));
}

TSharedPtr<FCycloramaWork> FCycloramaAssets::Examine(const FString& Command)
{
	return Begun(cyclorama::assets_doctor(CycloramaText::ToCore(Command)));
}

TUniquePtr<FCycloramaClosure> FCycloramaClosure::Start(const FString& Folder, const TArray<FString>& Packages)
{
	return TUniquePtr<FCycloramaClosure>(new FClosure(cyclorama::closure_start(CycloramaText::ToCore(Folder), CycloramaText::ToCore(Packages), false)));
}
